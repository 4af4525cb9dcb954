package io.gavel.faults.sim.net;

import io.gavel.faults.sim.time.Scheduler;
import io.gavel.faults.sim.time.SimProcess;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.ServerMethodDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Machines, the links between them, and who listens where.
///
/// Connections are like TCP: in order and whole, or broken. A link that carries nothing holds back what is sent until
/// it carries again, or until the connection is given up.
public final class SimNetwork {
    private static final long SECOND = 1_000_000_000L;

    /// Somebody who accepts connections on an address.
    record Listener(Party party, Map<String, ServerMethodDefinition<?, ?>> methods) {}

    private final Scheduler scheduler;
    private final RandomGenerator random;
    private final SimProcess wire = new SimProcess("wire");
    private final Map<String, Listener> listeners = new TreeMap<>();
    private final Map<String, Link> links = new TreeMap<>();
    private final Map<String, Boolean> unpowered = new TreeMap<>();
    private final List<SimConnection> connections = new ArrayList<>();
    private final long latencyNanos;
    private FrameWatcher frames = (_, _, _) -> {};

    /// `latencyNanos` is what a message usually takes.
    public SimNetwork(Scheduler scheduler, RandomGenerator random, long latencyNanos) {
        this.scheduler = scheduler;
        this.random = random;
        this.latencyNanos = latencyNanos;
    }

    public void watchFrames(FrameWatcher watcher) {
        frames = watcher;
    }

    FrameWatcher frames() {
        return frames;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    RandomGenerator random() {
        return random;
    }

    SimProcess wire() {
        return wire;
    }

    /// The direction from one machine to another.
    public Link link(String from, String to) {
        return links.computeIfAbsent(from + ">" + to, _ -> new Link(from, to));
    }

    long travelNanos(Link link) {
        return latencyNanos / 2 + random.nextLong(latencyNanos) + link.delayNanos();
    }

    /// Opens an address for services.
    ///
    /// @return what closes it again
    public Runnable listen(String address, Party party, List<BindableService> services) {
        Map<String, ServerMethodDefinition<?, ?>> methods = new TreeMap<>();
        for (BindableService service : services) {
            for (ServerMethodDefinition<?, ?> method : service.bindService().getMethods()) {
                methods.put(method.getMethodDescriptor().getFullMethodName(), method);
            }
        }
        Listener listener = new Listener(party, methods);
        listeners.put(address, listener);
        return () -> listeners.remove(address, listener);
    }

    /// A channel to an address for a process; connects when first used.
    public ManagedChannel open(Party from, String address, long keepAliveNanos) {
        return new SimChannel(this, from, address, keepAliveNanos);
    }

    @Nullable
    Listener listener(String address) {
        Listener listener = listeners.get(address);
        return listener == null || listener.party().process().isDead() ? null : listener;
    }

    boolean isUnpowered(String host) {
        return unpowered.containsKey(host);
    }

    /// A machine without power answers nothing, not even that nobody listens.
    public void power(String host, boolean on) {
        if (on) {
            unpowered.remove(host);
        } else {
            unpowered.put(host, true);
        }
    }

    void opened(SimConnection connection) {
        connections.add(connection);
    }

    /// The link carries nothing until [#unblock]; calls nest.
    public void block(Link link) {
        link.block();
        for (SimConnection connection : connections) {
            if (connection.uses(link)) {
                scheduler.in(
                        connection.keepAliveNanos() + random.nextLong(SECOND),
                        wire,
                        "keepalive",
                        () -> connection.giveUpIfStuck(link));
            }
        }
    }

    public void unblock(Link link) {
        link.unblock();
        if (!link.isBlocked()) {
            List.copyOf(connections).forEach(connection -> connection.release(link));
        }
    }

    /// The link is as good as new.
    public void heal(Link link) {
        link.disturb(0, 0);
        link.delay(0);
        while (link.isBlocked()) {
            unblock(link);
        }
    }

    /// The process is gone: the other ends learn it soon, or late if the machine lost power.
    public void onDeath(SimProcess process, boolean powerLost) {
        for (SimConnection connection : List.copyOf(connections)) {
            if (connection.isEnd(process)) {
                long delay = powerLost ? random.nextLong(3 * SECOND) : latencyNanos;
                scheduler.in(delay, wire, "reset", () -> connection.fail("Connection reset by peer"));
            }
        }
        forgetClosed();
    }

    /// The process stands still: whoever waits long enough for it gives its connections up.
    public void onPause(SimProcess process, long nanos) {
        for (SimConnection connection : connections) {
            if (connection.isEnd(process) && nanos > connection.keepAliveNanos()) {
                scheduler.in(
                        connection.keepAliveNanos(),
                        wire,
                        "keepalive",
                        () -> connection.fail("Keepalive failed. The connection is likely gone"));
            }
        }
    }

    /// Breaks one connection between the machines, if there is one.
    public boolean reset(String host, String otherHost) {
        List<SimConnection> found = new ArrayList<>();
        for (SimConnection connection : connections) {
            if (connection.isOpen() && connection.isBetween(host, otherHost)) {
                found.add(connection);
            }
        }
        if (found.isEmpty()) {
            return false;
        }
        found.get(random.nextInt(found.size())).fail("Connection reset by peer");
        forgetClosed();
        return true;
    }

    private void forgetClosed() {
        connections.removeIf(connection -> !connection.isOpen());
    }
}
