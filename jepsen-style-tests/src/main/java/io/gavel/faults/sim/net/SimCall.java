package io.gavel.faults.sim.net;

import io.gavel.server.peer.v1.PeerFrame;
import io.gavel.server.peer.v1.PeerFrames;
import io.gavel.server.transport.PeerMessage;
import io.gavel.server.transport.PeerMessageCodec;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Deadline;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The client's end of a call. Messages travel as bytes; listeners hear later, never from within a call to this.
final class SimCall<Q, A> extends ClientCall<Q, A> {
    private static final int READY_BYTES = 32 << 10;

    private final SimConnection connection;
    private final SimNetwork network;
    private final MethodDescriptor<Q, A> method;
    private final CallOptions options;
    private final Deque<byte[]> arrived = new ArrayDeque<>();
    private @Nullable Listener<A> listener;
    private @Nullable SimServerCall<Q, A> server;
    private int requested;
    private long unreadBytes;
    private boolean ended;
    private @Nullable Status closing;
    private Metadata closingTrailers = new Metadata();

    SimCall(SimConnection connection, MethodDescriptor<Q, A> method, CallOptions options) {
        this.connection = connection;
        this.network = connection.network();
        this.method = method;
        this.options = options;
    }

    @Override
    public void start(Listener<A> responses, Metadata headers) {
        listener = responses;
        if (!connection.isOpen()) {
            end(Status.UNAVAILABLE.withDescription("Channel shutdown invoked"), new Metadata());
            return;
        }
        connection.add(this);
        connection.toServer("call " + method.getFullMethodName(), () -> startOnServer(headers));
        if (connection.isEstablished()) {
            onConnected();
        }
        Deadline deadline = options.getDeadline();
        if (deadline != null) {
            // The deadline was made from the real clock a moment ago: whole seconds are what its maker meant.
            long seconds = (deadline.timeRemaining(TimeUnit.MILLISECONDS) + 999) / 1_000;
            network.scheduler()
                    .in(
                            seconds * 1_000_000_000L,
                            connection.client().process(),
                            "deadline",
                            () -> connection.client().runner().accept(this::onDeadline));
        }
    }

    private void onDeadline() {
        if (!ended) {
            cancelServer();
            end(Status.DEADLINE_EXCEEDED, new Metadata());
        }
    }

    @SuppressWarnings("unchecked")
    private void startOnServer(Metadata headers) {
        ServerMethodDefinition<Q, A> definition =
                (ServerMethodDefinition<Q, A>) connection.server().methods().get(method.getFullMethodName());
        if (definition == null) {
            onServerClosed(Status.UNIMPLEMENTED, new Metadata());
            return;
        }
        SimServerCall<Q, A> started = new SimServerCall<>(this, connection, method);
        server = started;
        started.start(definition.getServerCallHandler().startCall(started, headers));
    }

    void onConnected() {
        tell("ready", () -> {
            Listener<A> heard = listener;
            if (heard != null && !ended) {
                heard.onReady();
            }
        });
    }

    @Override
    public void request(int count) {
        requested += count;
        tell("deliver", this::deliver);
    }

    @Override
    public void sendMessage(Q message) {
        if (ended) {
            return;
        }
        Q sent = message instanceof PeerFrames frames ? disturbed(frames) : message;
        byte[] bytes = encode(method.streamRequest(sent));
        network.scheduler().trace().add(bytes);
        unreadBytes += bytes.length;
        connection.toServer(method.getFullMethodName(), () -> {
            SimServerCall<Q, A> receiver = server;
            if (receiver != null) {
                receiver.onArrived(bytes);
            }
        });
    }

    /// Loses and repeats single frames as the link demands; the hello always gets through.
    @SuppressWarnings("unchecked")
    private Q disturbed(PeerFrames frames) {
        Link link = connection.upLink();
        for (PeerFrame frame : frames.getFramesList()) {
            network.frames().onFrame(link.from(), link.to(), frame);
        }
        if (link.dropRate() == 0 && link.duplicateRate() == 0) {
            return (Q) frames;
        }
        PeerFrames.Builder kept = frames.toBuilder().clearFrames();
        for (PeerFrame frame : frames.getFramesList()) {
            if (network.random().nextDouble() >= link.dropRate()) {
                kept.addFrames(frame);
            }
            if (network.random().nextDouble() < link.duplicateRate() && isConsensus(frame)) {
                repeatLater(frames, frame);
            }
        }
        return (Q) kept.build();
    }

    private static boolean isConsensus(PeerFrame frame) {
        return PeerMessageCodec.decode(frame) instanceof PeerMessage.Consensus;
    }

    private void repeatLater(PeerFrames frames, PeerFrame frame) {
        PeerFrames copy = frames.toBuilder().clearFrames().addFrames(frame).build();
        byte[] bytes = copy.toByteArray();
        long later = (long) (-Math.log(1 - network.random().nextDouble()) * 300_000_000L);
        network.scheduler().in(later, network.wire(), "repeat", () -> {
            if (!ended) {
                unreadBytes += bytes.length;
                connection.toServer("repeated", () -> {
                    SimServerCall<Q, A> receiver = server;
                    if (receiver != null) {
                        receiver.onArrived(bytes);
                    }
                });
            }
        });
    }

    @Override
    public void halfClose() {
        connection.toServer("half close", () -> {
            SimServerCall<Q, A> receiver = server;
            if (receiver != null) {
                receiver.onHalfClosed();
            }
        });
    }

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {
        if (!ended) {
            cancelServer();
            end(Status.CANCELLED.withDescription(message).withCause(cause), new Metadata());
        }
    }

    /// Until the server has heard of it, the loss of the connection is its news.
    private void cancelServer() {
        connection.toServer("cancel", () -> {
            connection.remove(this);
            SimServerCall<Q, A> receiver = server;
            if (receiver != null) {
                receiver.onCancelled();
            }
        });
    }

    @Override
    public boolean isReady() {
        Integer threshold = options.getOnReadyThreshold();
        return !ended && connection.isEstablished() && unreadBytes < (threshold == null ? READY_BYTES : threshold);
    }

    // ---- from the server's end

    /// The server took a message of this many bytes.
    void onTaken(int bytes) {
        boolean wasReady = isReady();
        unreadBytes -= bytes;
        if (!wasReady && isReady()) {
            onConnected();
        }
    }

    void onMessage(byte[] bytes) {
        arrived.add(bytes);
        deliver();
    }

    void onServerClosed(Status status, Metadata trailers) {
        connection.toClient("close", () -> {
            closing = status;
            closingTrailers = trailers;
            deliver();
        });
    }

    private void deliver() {
        Listener<A> heard = listener;
        while (!ended && heard != null && requested > 0 && !arrived.isEmpty()) {
            byte[] bytes = arrived.remove();
            requested--;
            SimServerCall<Q, A> sender = server;
            if (sender != null) {
                sender.onTaken(bytes.length);
            }
            heard.onMessage(method.parseResponse(arrived(bytes)));
        }
        Status status = closing;
        if (!ended && status != null && arrived.isEmpty()) {
            connection.remove(this);
            end(status, closingTrailers);
        }
    }

    void onConnectionLost(Status status, boolean wasOpen) {
        SimServerCall<Q, A> receiver = server;
        if (receiver != null && wasOpen) {
            Party party = connection.server().party();
            network.scheduler()
                    .in(0, party.process(), "lost", () -> party.runner().accept(receiver::onCancelled));
        }
        if (!ended) {
            end(status, new Metadata());
        }
    }

    private void end(Status status, Metadata trailers) {
        ended = true;
        tell("closed", () -> {
            Listener<A> heard = listener;
            if (heard != null) {
                heard.onClose(status, trailers);
            }
        });
    }

    private void tell(String label, Runnable task) {
        Party client = connection.client();
        network.scheduler().in(0, client.process(), label, () -> client.runner().accept(task));
    }

    /// A marshaller's stream knows its length, so one array of that length takes the message.
    static byte[] encode(InputStream stream) {
        try (stream) {
            byte[] bytes = new byte[stream.available()];
            int length = stream.readNBytes(bytes, 0, bytes.length);
            if (length < bytes.length || stream.read() >= 0) {
                throw new IllegalStateException("a message is not as long as its stream said: " + bytes.length);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What arrived, with its length known as on a real connection: it is parsed without another buffer's copy.
    static InputStream arrived(byte[] bytes) {
        return new Arrived(bytes);
    }

    private static final class Arrived extends ByteArrayInputStream implements KnownLength {
        Arrived(byte[] bytes) {
            super(bytes);
        }
    }
}
