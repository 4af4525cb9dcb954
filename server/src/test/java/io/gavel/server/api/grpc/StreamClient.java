package io.gavel.server.api.grpc;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.Hello;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.ServerFrames;
import io.gavel.protocol.v1.SessionRef;
import io.gavel.protocol.v1.StreamCommand;
import io.gavel.protocol.v1.StreamRead;
import io.gavel.protocol.v1.StreamRenew;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The client's end of one session stream, for tests: sends frames, keeps what comes.
final class StreamClient {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final List<ServerFrames> messages = new CopyOnWriteArrayList<>();
    volatile @Nullable Throwable failure;
    volatile boolean completed;
    private final ClientCallStreamObserver<ClientFrames> call;

    StreamClient(ManagedChannel channel) {
        this(channel, true);
    }

    /// `reading` false: takes nothing until [#readOn].
    StreamClient(ManagedChannel channel, boolean reading) {
        call = (ClientCallStreamObserver<ClientFrames>)
                GavelGrpc.newStub(channel).session(new Receiver(reading));
    }

    private final class Receiver implements ClientResponseObserver<ClientFrames, ServerFrames> {
        private final boolean reading;

        Receiver(boolean reading) {
            this.reading = reading;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<ClientFrames> stream) {
            if (!reading) {
                stream.disableAutoRequestWithInitial(0);
            }
        }

        @Override
        public void onNext(ServerFrames message) {
            messages.add(message);
        }

        @Override
        public void onError(Throwable cause) {
            failure = cause;
        }

        @Override
        public void onCompleted() {
            completed = true;
        }
    }

    StreamClient hello(SessionRef session) {
        return send(ClientFrame.newBuilder()
                .setHello(Hello.newBuilder().setMinProtocol(1).setMaxProtocol(1).setSession(session))
                .build());
    }

    StreamClient hello() {
        return hello(Hello.newBuilder().setMinProtocol(1).setMaxProtocol(1).build());
    }

    StreamClient hello(Hello hello) {
        return send(ClientFrame.newBuilder().setHello(hello).build());
    }

    StreamClient send(ClientFrame... frames) {
        call.onNext(ClientFrames.newBuilder().addAllFrames(List.of(frames)).build());
        return this;
    }

    void halfClose() {
        call.onCompleted();
    }

    void readOn(int count) {
        call.request(count);
    }

    void cancel() {
        call.cancel("the test gives up", null);
    }

    static ClientFrame command(long sequence, Command command) {
        return command(sequence, command.toByteString());
    }

    static ClientFrame command(long sequence, ByteString command) {
        return ClientFrame.newBuilder()
                .setCommand(StreamCommand.newBuilder()
                        .setSequence(sequence)
                        .setFloor(1)
                        .setCommand(command))
                .build();
    }

    static ClientFrame read(long readId, Query query) {
        return ClientFrame.newBuilder()
                .setRead(StreamRead.newBuilder().setReadId(readId).setQuery(query))
                .build();
    }

    static ClientFrame renew(long renewalId) {
        return ClientFrame.newBuilder()
                .setRenew(StreamRenew.newBuilder().setRenewalId(renewalId))
                .build();
    }

    List<ServerFrame> frames() {
        return messages.stream()
                .flatMap(message -> message.getFramesList().stream())
                .toList();
    }

    /// The first frame of the kind, when it has come.
    ServerFrame awaitFrame(Predicate<ServerFrame> wanted) {
        await().atMost(PATIENCE).until(() -> frames().stream().anyMatch(wanted));
        return frames().stream().filter(wanted).findFirst().orElseThrow();
    }

    Throwable awaitFailure() {
        await().atMost(PATIENCE).until(() -> failure != null);
        Throwable cause = failure;
        if (cause == null) {
            throw new AssertionError("the stream goes on");
        }
        return cause;
    }

    void awaitCompletion() {
        await().atMost(PATIENCE).until(() -> completed);
    }
}
