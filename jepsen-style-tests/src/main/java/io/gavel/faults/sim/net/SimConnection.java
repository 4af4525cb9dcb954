package io.gavel.faults.sim.net;

import io.gavel.faults.sim.time.SimProcess;
import io.grpc.Status;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One connection, from the attempt to make it to its end.
final class SimConnection {
    private static final long CONNECT_LIMIT_NANOS = 2_000_000_000L;

    private enum State {
        CONNECTING,
        OPEN,
        CLOSED
    }

    /// One direction of the connection: first in, first out.
    private final class Pipe {
        private final Link link;
        private final Deque<Parcel> held = new ArrayDeque<>();
        private long lastArrivalNanos;

        Pipe(Link link) {
            this.link = link;
        }

        void send(Parcel parcel) {
            if (link.isBlocked() || !held.isEmpty()) {
                held.add(parcel);
                return;
            }
            long arrival = Math.max(lastArrivalNanos, network.scheduler().nowNanos() + network.travelNanos(link));
            lastArrivalNanos = arrival;
            network.scheduler().at(arrival, parcel.to().process(), parcel.label(), () -> {
                if (state == State.OPEN) {
                    parcel.to().runner().accept(parcel.task());
                }
            });
        }

        void release() {
            List<Parcel> waiting = new ArrayList<>(held);
            held.clear();
            waiting.forEach(this::send);
        }
    }

    private record Parcel(Party to, String label, Runnable task) {}

    private final SimNetwork network;
    private final Party client;
    private final String address;
    private final long keepAliveNanos;
    private final Pipe up;
    private final Pipe down;
    private final List<SimCall<?, ?>> calls = new ArrayList<>();
    private final List<Runnable> untilConnected = new ArrayList<>();
    private State state = State.CONNECTING;
    private SimNetwork.@Nullable Listener listener;

    SimConnection(SimNetwork network, Party client, String address, long keepAliveNanos) {
        this.network = network;
        this.client = client;
        this.address = address;
        this.keepAliveNanos = keepAliveNanos;
        String host = address.substring(0, address.lastIndexOf(':'));
        this.up = new Pipe(network.link(client.host(), host));
        this.down = new Pipe(network.link(host, client.host()));
    }

    void connect() {
        network.opened(this);
        boolean blocked = up.link.isBlocked() || down.link.isBlocked();
        if (blocked || network.isUnpowered(up.link.to())) {
            network.scheduler().in(CONNECT_LIMIT_NANOS, network.wire(), "connect timeout", () -> {
                if (state == State.CONNECTING) {
                    close(unavailable("connection timed out", new NoRouteToHostException(address)));
                }
            });
            return;
        }
        long roundTrip = network.travelNanos(up.link) + network.travelNanos(down.link);
        network.scheduler().in(roundTrip, network.wire(), "connect", this::establish);
    }

    private void establish() {
        if (state != State.CONNECTING) {
            return;
        }
        listener = network.listener(address);
        if (listener == null) {
            close(unavailable("Connection refused: " + address, new ConnectException("Connection refused")));
            return;
        }
        state = State.OPEN;
        untilConnected.forEach(Runnable::run);
        untilConnected.clear();
        for (SimCall<?, ?> call : List.copyOf(calls)) {
            call.onConnected();
        }
    }

    private static Status unavailable(String description, Exception cause) {
        return Status.UNAVAILABLE.withDescription(description).withCause(cause);
    }

    SimNetwork network() {
        return network;
    }

    Party client() {
        return client;
    }

    SimNetwork.Listener server() {
        SimNetwork.Listener accepted = listener;
        if (accepted == null) {
            throw new IllegalStateException("not connected");
        }
        return accepted;
    }

    Link upLink() {
        return up.link;
    }

    long keepAliveNanos() {
        return keepAliveNanos;
    }

    boolean isOpen() {
        return state != State.CLOSED;
    }

    boolean isEstablished() {
        return state == State.OPEN;
    }

    boolean uses(Link link) {
        return isOpen() && (up.link == link || down.link == link);
    }

    boolean isEnd(SimProcess process) {
        SimNetwork.Listener accepted = listener;
        return isOpen()
                && (client.process() == process
                        || (accepted != null && accepted.party().process() == process));
    }

    boolean isBetween(String host, String otherHost) {
        String from = up.link.from();
        String to = up.link.to();
        return (from.equals(host) && to.equals(otherHost)) || (from.equals(otherHost) && to.equals(host));
    }

    void add(SimCall<?, ?> call) {
        calls.add(call);
    }

    void remove(SimCall<?, ?> call) {
        calls.remove(call);
    }

    void toServer(String label, Runnable task) {
        if (state == State.CONNECTING) {
            untilConnected.add(() -> toServer(label, task));
        } else if (state == State.OPEN) {
            up.send(new Parcel(server().party(), label, task));
        }
    }

    void toClient(String label, Runnable task) {
        if (state == State.OPEN) {
            down.send(new Parcel(client, label, task));
        }
    }

    void release(Link link) {
        if (state == State.OPEN) {
            if (up.link == link) {
                up.release();
            }
            if (down.link == link) {
                down.release();
            }
        }
    }

    void giveUpIfStuck(Link link) {
        if (uses(link) && link.isBlocked()) {
            fail("Keepalive failed. The connection is likely gone");
        }
    }

    /// Breaks it: both ends are told.
    void fail(String reason) {
        if (isOpen()) {
            close(unavailable(reason, new SocketException(reason)));
        }
    }

    private void close(Status status) {
        boolean wasOpen = state == State.OPEN;
        state = State.CLOSED;
        for (SimCall<?, ?> call : List.copyOf(calls)) {
            call.onConnectionLost(status, wasOpen);
        }
        calls.clear();
    }

    /// The client lets go of it: the server's calls are cancelled.
    void shutdown() {
        if (isOpen()) {
            close(Status.UNAVAILABLE.withDescription("Channel shutdownNow invoked"));
        }
    }
}
