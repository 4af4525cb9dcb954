package io.gavel.faults.sim.net;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// The server's end of a call.
final class SimServerCall<Q, A> extends ServerCall<Q, A> {
    private static final int READY_BYTES = 32 << 10;

    private final SimCall<Q, A> client;
    private final SimConnection connection;
    private final MethodDescriptor<Q, A> method;
    private final Deque<byte[]> arrived = new ArrayDeque<>();
    private @Nullable Listener<Q> listener;
    private int requested;
    private long unreadBytes;
    private boolean halfClosed;
    private boolean halfCloseTold;
    private boolean cancelled;
    private boolean closed;

    SimServerCall(SimCall<Q, A> client, SimConnection connection, MethodDescriptor<Q, A> method) {
        this.client = client;
        this.connection = connection;
        this.method = method;
    }

    void start(Listener<Q> requests) {
        listener = requests;
        requests.onReady();
        deliver();
    }

    void onArrived(byte[] bytes) {
        arrived.add(bytes);
        deliver();
    }

    void onHalfClosed() {
        halfClosed = true;
        deliver();
    }

    void onCancelled() {
        Listener<Q> heard = listener;
        if (!cancelled && !closed && heard != null) {
            cancelled = true;
            heard.onCancel();
        }
    }

    /// The client took a message of this many bytes.
    void onTaken(int bytes) {
        boolean wasReady = isReady();
        unreadBytes -= bytes;
        if (!wasReady && isReady()) {
            tell("ready", () -> {
                Listener<Q> heard = listener;
                if (heard != null && isReady()) {
                    heard.onReady();
                }
            });
        }
    }

    @Override
    public void request(int count) {
        requested += count;
        tell("deliver", this::deliver);
    }

    private void deliver() {
        Listener<Q> heard = listener;
        while (heard != null && !cancelled && requested > 0 && !arrived.isEmpty()) {
            byte[] bytes = arrived.remove();
            requested--;
            client.onTaken(bytes.length);
            heard.onMessage(method.parseRequest(SimCall.arrived(bytes)));
        }
        if (heard != null && !cancelled && halfClosed && !halfCloseTold && arrived.isEmpty()) {
            halfCloseTold = true;
            heard.onHalfClose();
        }
    }

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(A message) {
        if (cancelled || closed) {
            return;
        }
        byte[] bytes = SimCall.encode(method.streamResponse(message));
        connection.network().scheduler().trace().add(bytes);
        unreadBytes += bytes.length;
        connection.toClient(method.getFullMethodName(), () -> client.onMessage(bytes));
    }

    @Override
    public void close(Status status, Metadata trailers) {
        if (closed) {
            throw new IllegalStateException("call already closed");
        }
        closed = true;
        if (!cancelled) {
            client.onServerClosed(status, trailers);
        }
    }

    @Override
    public boolean isReady() {
        return !closed && !cancelled && connection.isEstablished() && unreadBytes < READY_BYTES;
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public MethodDescriptor<Q, A> getMethodDescriptor() {
        return method;
    }

    private void tell(String label, Runnable task) {
        Party party = connection.server().party();
        connection
                .network()
                .scheduler()
                .in(0, party.process(), label, () -> party.runner().accept(task));
    }
}
