package io.gavel.server.api.grpc;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Hello;
import io.gavel.protocol.v1.HelloReply;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.ServerFrames;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.StreamCommand;
import io.gavel.protocol.v1.StreamCommandResult;
import io.gavel.protocol.v1.StreamRead;
import io.gavel.protocol.v1.StreamReadResult;
import io.gavel.protocol.v1.StreamRenew;
import io.gavel.protocol.v1.StreamRenewed;
import io.gavel.server.api.ApiErrors;
import io.gavel.server.api.CommandRequest;
import io.gavel.server.api.ReadRequest;
import io.gavel.server.api.RequestRouter;
import io.gavel.server.api.SessionProof;
import io.gavel.server.entry.Refusals;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One session stream: everything a client's session does over one connection.
///
/// Frames are handled in order on the call's thread; all reads of one message share one read point, and all answers
/// that
/// are ready when the message is done leave together. Answers of agents come later, from their threads.
final class SessionStream implements StreamObserver<ClientFrames> {
    static final int PROTOCOL = 1;
    /// Requests of one stream whose answers are due.
    static final int IN_FLIGHT_LIMIT = 4_096;

    private final RequestRouter router;
    private final SessionStreams streams;
    private final TurnFlusher flusher;
    private final ServerCallStreamObserver<ServerFrames> call;
    private final FrameQueue out;
    private final long number;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean greeted;
    /// Whether the session's events come here. On the apply agent.
    private boolean proven;

    private volatile boolean halfClosed;
    private volatile SessionProof session = SessionProof.NONE;

    SessionStream(
            RequestRouter router,
            SessionStreams streams,
            TurnFlusher flusher,
            ServerCallStreamObserver<ServerFrames> call,
            long limitBytes) {
        this.router = router;
        this.streams = streams;
        this.number = streams.nextNumber();
        this.flusher = flusher;
        this.call = call;
        this.out = new FrameQueue(call, flusher, limitBytes, this::leave);
        call.setOnCancelHandler(this::leave);
        call.setOnReadyHandler(out::flush);
    }

    /// See [SessionStreams#nextNumber()].
    long number() {
        return number;
    }

    @Override
    public void onNext(ClientFrames message) {
        flusher.begin();
        try {
            List<ReadRequest> reads = new ArrayList<>();
            long arrivalNanos = router.ports().clock().nanoTime();
            for (ClientFrame frame : message.getFramesList()) {
                onFrame(frame, arrivalNanos, reads);
            }
            if (!reads.isEmpty()) {
                router.reads().readAll(reads);
            }
        } finally {
            flusher.end();
        }
    }

    @Override
    public void onError(Throwable cancelled) {
        leave();
    }

    /// The client has nothing more to ask; what it asked is still answered.
    @Override
    public void onCompleted() {
        halfClosed = true;
        finishWhenAnswered();
    }

    /// Queues a frame that nobody asked for. Any thread.
    void send(ServerFrame frame) {
        out.offer(frame);
    }

    /// The same, but never before the reply to the hello.
    void sendWhenGreeted(ServerFrame frame) {
        if (greeted) {
            out.offer(frame);
        }
    }

    private void onFrame(ClientFrame frame, long arrivalNanos, List<ReadRequest> reads) {
        if (!greeted && !frame.hasHello()) {
            refuse(Refusals.invalid("frames", "a hello first", frame.getKindCase(), "the first frame must be a hello"));
            return;
        }
        switch (frame.getKindCase()) {
            case HELLO -> hello(frame.getHello());
            case COMMAND -> command(frame.getCommand());
            case READ -> read(frame.getRead(), arrivalNanos, reads);
            case RENEW -> renew(frame.getRenew());
            case KIND_NOT_SET ->
                refuse(Refusals.notApplied(ErrorCode.UNSUPPORTED, "a frame of a kind unknown to this version")
                        .build());
        }
    }

    private void hello(Hello hello) {
        Error refusal = checkHello(hello);
        if (refusal != null) {
            out.offer(ServerFrame.newBuilder()
                    .setHello(HelloReply.newBuilder().setHeader(router.header()).setError(refusal))
                    .build());
            refuse(refusal);
            return;
        }
        out.offer(ServerFrame.newBuilder()
                .setHello(HelloReply.newBuilder().setProtocol(PROTOCOL).setHeader(router.header()))
                .build());
        greeted = true;
        if (hello.hasSession()) {
            session = SessionProof.of(hello.getSession());
            attach(session);
        }
    }

    private @Nullable Error checkHello(Hello hello) {
        if (greeted) {
            return Refusals.invalid("frames", "one hello", "hello", "the stream has had its hello");
        }
        if (hello.getMinProtocol() > PROTOCOL || hello.getMaxProtocol() < PROTOCOL) {
            String asked = hello.getMinProtocol() + " to " + hello.getMaxProtocol();
            return Refusals.notApplied(
                            ErrorCode.UNSUPPORTED, "this member speaks protocol " + PROTOCOL + ", not " + asked)
                    .setField("protocol")
                    .setLimit(Integer.toString(PROTOCOL))
                    .setValue(asked)
                    .build();
        }
        ByteString clusterId = router.ports().identity().clusterId();
        if (!hello.getClusterId().isEmpty() && !hello.getClusterId().equals(clusterId)) {
            return ApiErrors.wrongCluster(hex(hello.getClusterId()), hex(clusterId));
        }
        return hello.hasSession() ? SessionProof.check(hello.getSession()) : null;
    }

    /// A renewal proves through the log that the session lives and that this is its client; only then are its events
    /// sent here, beginning with what is in force. One that finds no leader proves nothing: the next one will.
    private void attach(SessionProof claimed) {
        router.renew(claimed, 0, error -> {
            if (error == null) {
                onProven();
            } else if (error.getCode() == ErrorCode.SESSION_EXPIRED) {
                send(eventFrame(SessionEvent.newBuilder().setSessionEnded(error).build()));
            } else if (error.getCode() == ErrorCode.INVALID_ARGUMENT) {
                refuse(error);
            }
        });
    }

    /// On the apply agent.
    private void onProven() {
        if (!proven) {
            proven = true;
            streams.attach(session.sessionId(), this);
            router.redeliver(session.sessionId(), event -> send(eventFrame(event)));
        }
    }

    private void command(StreamCommand command) {
        long sequence = command.getSequence();
        if (!admit()) {
            out.offer(commandFrame(sequence, ApiErrors.asResult(ApiErrors.overloaded("stream window"))));
            return;
        }
        CommandRequest request = new CommandRequest(
                session, sequence, command.getFloor(), command.getCommand(), command.getDeadlineMillis());
        router.execute(request, result -> answer(commandFrame(sequence, result)));
    }

    private void read(StreamRead read, long arrivalNanos, List<ReadRequest> reads) {
        long readId = read.getReadId();
        Error refusal = RequestRouter.checkDeadline(read.getDeadlineMillis());
        if (refusal == null && !admit()) {
            refusal = ApiErrors.overloaded("stream window");
        }
        if (refusal != null) {
            out.offer(readFrame(readId, ApiErrors.asAnswer(refusal, 0)));
            return;
        }
        long deadlineNanos = RequestRouter.deadlineNanos(arrivalNanos, read.getDeadlineMillis());
        reads.add(new ReadRequest(read.getQuery(), deadlineNanos, result -> answer(readFrame(readId, result))));
    }

    private void renew(StreamRenew renew) {
        long renewalId = renew.getRenewalId();
        if (session.equals(SessionProof.NONE)) {
            out.offer(renewedFrame(
                    renewalId,
                    Refusals.invalid("hello.session", "required", "absent", "the stream has no session to renew")));
            return;
        }
        inFlight.incrementAndGet();
        router.renew(session, 0, error -> {
            if (error == null) {
                onProven();
            }
            answer(renewedFrame(renewalId, error));
        });
    }

    private boolean admit() {
        if (inFlight.incrementAndGet() > IN_FLIGHT_LIMIT) {
            inFlight.decrementAndGet();
            return false;
        }
        return true;
    }

    private void answer(ServerFrame frame) {
        out.offer(frame);
        if (inFlight.decrementAndGet() == 0 && halfClosed) {
            finishWhenAnswered();
        }
    }

    private void finishWhenAnswered() {
        if (inFlight.get() == 0) {
            out.finish(() -> {
                leave();
                call.onCompleted();
            });
        }
    }

    /// Ends the stream with an error, after what is queued.
    void refuse(Error error) {
        out.finish(() -> {
            leave();
            call.onError(GrpcErrors.exception(error));
        });
    }

    private void leave() {
        out.close();
        streams.remove(this, session.sessionId());
    }

    private static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    private static ServerFrame eventFrame(SessionEvent event) {
        return ServerFrame.newBuilder().setEvent(event).build();
    }

    private static ServerFrame commandFrame(long sequence, CommandResult result) {
        return ServerFrame.newBuilder()
                .setCommand(
                        StreamCommandResult.newBuilder().setSequence(sequence).setResult(result))
                .build();
    }

    private static ServerFrame readFrame(long readId, QueryResult result) {
        return ServerFrame.newBuilder()
                .setRead(StreamReadResult.newBuilder().setReadId(readId).setResult(result))
                .build();
    }

    private static ServerFrame renewedFrame(long renewalId, @Nullable Error error) {
        StreamRenewed.Builder renewed = StreamRenewed.newBuilder().setRenewalId(renewalId);
        if (error != null) {
            renewed.setError(error);
        }
        return ServerFrame.newBuilder().setRenewed(renewed).build();
    }
}
