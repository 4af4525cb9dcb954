package io.gavel.client.internal.core;

import io.gavel.client.RetryPolicy;
import io.gavel.client.internal.port.ClientClock;
import io.gavel.client.internal.port.ClientOptions;
import io.gavel.client.internal.port.ClientPorts;
import io.gavel.client.internal.port.Transport;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.ServerFrames;
import io.gavel.protocol.v1.WatchRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Clients and a model cluster in one virtual time, from one seed: the production logic runs behind simulated clocks and
 * streams whose faults are set by the test.
 */
final class SimWorld {
    static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long CLOCK_ENTRY_NANOS = 250 * MILLI;

    private record Event(long at, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    final Random random;
    final SimCluster cluster = new SimCluster();
    final List<Client> clients = new ArrayList<>();
    final TreeSet<String> downMembers = new TreeSet<>();
    /** Members that take everything in and answer nothing, as a stopped process does. */
    final TreeSet<String> silentMembers = new TreeSet<>();

    /** Members that are far behind: they take requests, and have nothing to say about them when their time is up. */
    final TreeSet<String> laggingMembers = new TreeSet<>();

    /** Members that are cut off from their leader: they live, and nothing happens on their watches. */
    final TreeSet<String> isolatedMembers = new TreeSet<>();

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long order;
    private long now = SECOND;
    /** Probability that a reply frame is lost without the stream breaking. */
    double lostReplies;
    /** Probability that a stream breaks when a request arrives, before or after it took effect. */
    double brokenStreams;
    /** Commands of one stream are delayed each on its own, so that they run in any order. */
    boolean reorder;
    /** Session events are lost without the stream breaking. */
    boolean lostEvents;
    /** Added to every delay. */
    long slowNanos;
    /** How many commands arrived at members. */
    int commandsArrived;
    /** Called after every event. */
    Runnable check = () -> {};

    SimWorld(long seed) {
        random = new Random(seed);
        at(CLOCK_ENTRY_NANOS, this::clockEntry);
    }

    private void clockEntry() {
        cluster.tick(now);
        at(CLOCK_ENTRY_NANOS, this::clockEntry);
    }

    long now() {
        return now;
    }

    void at(long delayNanos, Runnable action) {
        events.add(new Event(now + delayNanos, order++, action));
    }

    Client client(Duration ttl, Duration timeout) {
        Client client = new Client(ttl, timeout);
        clients.add(client);
        return client;
    }

    Client client() {
        return client(Duration.ofSeconds(10), Duration.ofSeconds(5));
    }

    void runFor(Duration duration) {
        long until = now + duration.toNanos();
        runUntil(() -> now >= until, duration);
    }

    /** Runs until the condition holds; fails after {@code limit} of virtual time. */
    void runUntil(BooleanSupplier condition, Duration limit) {
        long until = now + limit.toNanos();
        workAll();
        while (!condition.getAsBoolean()) {
            if (now >= until) {
                if (condition.getAsBoolean()) {
                    return;
                }
                throw new AssertionError("not within " + limit + " of virtual time");
            }
            step(until);
        }
    }

    private void step(long until) {
        long next = until;
        for (Client client : clients) {
            if (!client.paused) {
                long due = Math.min(client.core.nextDeadlineNanos(), until) + client.monotonicLag;
                next = Math.min(next, Math.max(due, now + 1));
            }
        }
        Event first = events.peek();
        if (first != null && first.at <= next) {
            events.remove();
            now = Math.max(now, first.at);
            cluster.now = now;
            first.action.run();
        } else {
            now = Math.max(now, next);
            cluster.now = now;
        }
        workAll();
        check.run();
    }

    private void workAll() {
        for (Client client : clients) {
            if (!client.paused) {
                client.core.doWork();
            }
        }
    }

    private long delay() {
        return slowNanos + (200 + random.nextInt(1_800)) * 1_000L;
    }

    /** One client process. */
    final class Client implements ClientClock, Transport {
        final ClientCore core;
        boolean paused;
        boolean cut;
        long wallStepMillis;
        /** How much its monotonic clock lags; grows while a host is suspended. */
        long monotonicLag;

        private final List<Runnable> held = new ArrayList<>();
        final List<SimLink> links = new ArrayList<>();

        Client(Duration ttl, Duration timeout) {
            ClientOptions options = new ClientOptions(
                    List.of("n1:7400", "n2:7400", "n3:7400"), "sim", timeout, ttl, RetryPolicy.DEFAULT);
            core = new ClientCore(new ClientPorts(options, this, this, new Random(random.nextLong())));
        }

        @Override
        public long monotonicNanos() {
            return now - monotonicLag;
        }

        @Override
        public long wallMillis() {
            return now / MILLI + wallStepMillis;
        }

        long deadline(Duration wait) {
            return monotonicNanos() + wait.toNanos();
        }

        /** What happens to a stopped process waits until it goes on. */
        private void deliver(Runnable action) {
            if (paused) {
                held.add(action);
            } else {
                action.run();
            }
        }

        void resume() {
            paused = false;
            List<Runnable> missed = new ArrayList<>(held);
            held.clear();
            missed.forEach(Runnable::run);
        }

        void breakLinks() {
            List.copyOf(links).forEach(link -> link.lose("reset"));
        }

        @Override
        public Link open(String endpoint, LinkListener listener) {
            return new SimLink(this, endpoint, listener);
        }

        @Override
        public WatchLink watch(String endpoint, WatchRequest request, WatchListener listener) {
            SimWatchLink link = new SimWatchLink(this, endpoint, request, listener);
            watchLinks.add(link);
            return link;
        }

        @Override
        public void probe(String endpoint, Consumer<Boolean> knowsLeader) {
            probes++;
            at(delay(), () -> {
                if (!cut && !downMembers.contains(endpoint) && !silentMembers.contains(endpoint)) {
                    boolean knows = !isolatedMembers.contains(endpoint);
                    at(delay(), () -> deliver(() -> knowsLeader.accept(knows)));
                }
            });
        }

        int probes;
        final List<SimWatchLink> watchLinks = new ArrayList<>();
    }

    /** A session stream: delays, loses, breaks. Order is kept, as a stream does, unless commands are reordered. */
    final class SimLink implements Transport.Link {
        private final Client client;
        final String endpoint;
        private final Transport.LinkListener listener;
        private final SimCluster.Stream stream;
        private boolean open = true;
        private boolean lagging;
        private long lastRequestAt;
        private long lastReplyAt;

        SimLink(Client client, String endpoint, Transport.LinkListener listener) {
            this.client = client;
            this.endpoint = endpoint;
            this.listener = listener;
            this.stream = cluster.open(this::reply);
            client.links.add(this);
            if (downMembers.contains(endpoint)) {
                at(delay(), () -> lose("connection refused"));
            }
        }

        boolean carriesSession() {
            return stream.carriesSession();
        }

        private boolean reachable() {
            return open && !client.cut && !downMembers.contains(endpoint) && !silentMembers.contains(endpoint);
        }

        @Override
        public void send(ClientFrames frames) {
            for (ClientFrame frame : frames.getFramesList()) {
                long arrival = now + delay();
                if (reorder && frame.hasCommand()) {
                    arrival += random.nextInt(20) * MILLI;
                } else {
                    arrival = Math.max(arrival, lastRequestAt + 1);
                    lastRequestAt = arrival;
                }
                at(arrival - now, () -> receive(frame));
            }
        }

        private void receive(ClientFrame frame) {
            if (!reachable()) {
                return;
            }
            commandsArrived += frame.hasCommand() ? 1 : 0;
            if (random.nextDouble() < brokenStreams) {
                if (random.nextBoolean()) {
                    stream.onFrame(frame);
                }
                lose("reset");
            } else if (laggingMembers.contains(endpoint) && (frame.hasCommand() || frame.hasRead())) {
                lagging = true;
                stream.onFrame(frame);
                lagging = false;
                at(deadlineNanos(frame), () -> reply(SimCluster.tooLate(frame)));
            } else {
                stream.onFrame(frame);
            }
        }

        private long deadlineNanos(ClientFrame frame) {
            return MILLI
                    * (frame.hasRead()
                            ? frame.getRead().getDeadlineMillis()
                            : frame.getCommand().getDeadlineMillis());
        }

        private void reply(ServerFrame frame) {
            if (lagging || (frame.hasEvent() && lostEvents)) {
                return;
            }
            if (!frame.hasHello() && !frame.hasEvent() && random.nextDouble() < lostReplies) {
                return;
            }
            long arrival = Math.max(now + delay(), lastReplyAt + 1);
            lastReplyAt = arrival;
            at(arrival - now, () -> {
                if (reachable()) {
                    client.deliver(() -> listener.onFrames(
                            ServerFrames.newBuilder().addFrames(frame).build()));
                }
            });
        }

        void lose(String reason) {
            if (open) {
                open = false;
                stream.close();
                client.links.remove(this);
                client.deliver(() -> listener.onClosed(reason));
            }
        }

        @Override
        public void close() {
            open = false;
            stream.close();
            client.links.remove(this);
        }
    }

    /** A watch stream. */
    final class SimWatchLink implements Transport.WatchLink {
        private final Client client;
        private final String endpoint;
        private final Transport.WatchListener listener;
        private final SimWatches.Stream stream;
        private boolean open = true;
        private long lastReplyAt;

        SimWatchLink(Client client, String endpoint, WatchRequest request, Transport.WatchListener listener) {
            this.client = client;
            this.endpoint = endpoint;
            this.listener = listener;
            this.stream = cluster.watches.open(request, response -> {
                long arrival = Math.max(now + delay(), lastReplyAt + 1);
                lastReplyAt = arrival;
                at(arrival - now, () -> {
                    if (open && !client.cut && !isMute()) {
                        client.deliver(() -> this.listener.onResponse(response));
                    }
                });
            });
            if (downMembers.contains(endpoint)) {
                at(delay(), () -> lose("connection refused"));
            }
        }

        String endpoint() {
            return endpoint;
        }

        private boolean isMute() {
            return silentMembers.contains(endpoint) || isolatedMembers.contains(endpoint);
        }

        @Override
        public void request(int count) {
            at(delay(), () -> {
                if (open && !client.cut) {
                    stream.request(count);
                }
            });
        }

        void lose(String reason) {
            if (open) {
                open = false;
                stream.close();
                client.deliver(() -> listener.onClosed(reason));
            }
        }

        @Override
        public void close() {
            open = false;
            stream.close();
        }
    }
}
