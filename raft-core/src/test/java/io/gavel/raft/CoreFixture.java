package io.gavel.raft;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A cluster of cores that moves only when told to, one command a line, and writes down every effect.
///
/// | command | what it does |
/// | --- | --- |
/// | `cluster N` | N voters, all running; `join N` = one more member without a configuration |
/// | `elapse NODE MS`, `timeout NODE`, `pause NODE MS` | time in steps of 50 ms; until its role changes; in one jump |
/// | `settle` | disks, network and state machines work until nothing moves |
/// | `deliver A B [N]`, `drop A B`, `persist NODE` | only that, once |
/// | `hold A B`, `cut A`, `stall NODE`, `heal` | a link keeps its messages; a member is isolated; a disk hangs; all end
/// |
/// | `replay A B` | the last message from A to B arrives once more |
/// | `propose`, `read`, `transfer`, `change`, `snapshot`, `disconnect`, `reconnect` | see [#run] |
/// | `crash NODE`, `restart NODE`, `damage NODE INDEX` | what is not persisted is lost; rot on a stopped member |
/// | `status` | one line for each member |
final class CoreFixture {
    private static final long MILLIS = 1_000_000;
    private static final int STEP_MILLIS = 50;
    private static final int MAX_STEPS = 200;
    private static final int MAX_ROUNDS = 500;

    private final class Node {
        final NodeId id;
        final SimDisk disk;
        final ArrayDeque<Event> inbox = new ArrayDeque<>();
        final ArrayDeque<Effect.ForJournal> writes = new ArrayDeque<>();
        final List<String> applied = new ArrayList<>();
        Configuration appliedConfiguration;
        long lastApplied;
        long nowNanos = 1;
        int lives;

        @Nullable
        RaftCore core;

        Node(NodeId id, Configuration bootstrap) {
            this.id = id;
            this.disk = new SimDisk(new SnapshotMeta(EntryId.ZERO, bootstrap));
            this.appliedConfiguration = bootstrap;
        }

        void start() {
            appliedConfiguration = disk.snapshot().configuration();
            lastApplied = disk.snapshot().lastIncluded().index();
            applied.clear();
            applied.addAll(disk.snapshotState());
            core = RaftCore.recover(
                    config.apply(id), disk.recover(), new SplittableRandom(100L * id.value() + lives++));
            turn();
        }

        RaftCore core() {
            return Objects.requireNonNull(core, () -> id + " is down");
        }

        void turn(Event... events) {
            for (Event event : events) {
                core().step(event);
            }
            core().step(new Event.Tick(nowNanos));
            Effects effects = new Effects();
            core().flush(effects);
            effects.drain(this::onEffect);
        }

        void onEffect(Effect effect) {
            trace.add("  " + id + " " + TraceFormat.of(effect));
            switch (effect) {
                case Effect.SendLogRange range -> {
                    List<Entry> entries = disk.range(
                            range.previous().index() + 1, range.last().index());
                    post(
                            id,
                            range.to(),
                            new Message.AppendEntries(range.term(), range.previous(), entries, range.commitIndex(), 0));
                }
                case Effect.ForJournal write -> writes.add(write);
                case Effect.Send send -> post(id, send.to(), send.message());
                case Effect.SendSnapshot send -> {
                    snapshots.put(disk.snapshot().lastIncluded(), List.copyOf(disk.snapshotState()));
                    post(id, send.to(), new Message.InstallSnapshot(send.term(), disk.snapshot()));
                    inbox.add(new Event.SnapshotSent(send.to(), disk.snapshot().lastIncluded(), true));
                }
                case Effect.Apply apply -> apply(apply.entries());
                case Effect.ApplyLogRange range ->
                    apply(disk.range(range.first().index(), range.last().index()));
                case Effect.InstallSnapshot install -> install(install.meta());
                case Effect.Notice _ -> {}
            }
        }

        void apply(List<Entry> entries) {
            for (Entry entry : entries) {
                lastApplied = entry.index();
                switch (entry.kind()) {
                    case NO_OP -> {}
                    case COMMAND -> applied.add(new String(entry.payload().bytes(), StandardCharsets.UTF_8));
                    case CONFIGURATION ->
                        appliedConfiguration =
                                ConfigurationCodec.decode(entry.payload().bytes());
                }
            }
            inbox.add(new Event.Applied(lastApplied));
        }

        void install(SnapshotMeta meta) {
            List<String> state = Objects.requireNonNull(snapshots.get(meta.lastIncluded()));
            disk.storeSnapshot(meta, state);
            lastApplied = meta.lastIncluded().index();
            appliedConfiguration = meta.configuration();
            applied.clear();
            applied.addAll(state);
            inbox.add(new Event.SnapshotInstalled(meta));
        }

        void takeSnapshot() {
            SnapshotMeta meta = new SnapshotMeta(disk.entry(lastApplied).id(), appliedConfiguration);
            disk.storeSnapshot(meta, applied);
            turn(new Event.SnapshotTaken(meta));
        }

        boolean persist() {
            List<Event> done = new ArrayList<>();
            for (Effect.ForJournal write : writes) {
                disk.apply(write);
                switch (write) {
                    case Effect.Persist persist -> done.add(new Event.Persisted(persist.writeId()));
                    case Effect.ResetLog reset -> done.add(new Event.Persisted(reset.writeId()));
                    case Effect.MarkRepaired mark -> done.add(new Event.Persisted(mark.writeId()));
                    case Effect.MarkRepairing mark -> done.add(new Event.Persisted(mark.writeId()));
                    case Effect.CompactPrefix _, Effect.SendLogRange _ -> {}
                }
            }
            writes.clear();
            if (!done.isEmpty()) {
                turn(done.toArray(Event[]::new));
            }
            return !done.isEmpty();
        }
    }

    /// A directed connection.
    private record Link(int from, int to) implements Comparable<Link> {
        @Override
        public int compareTo(Link other) {
            int byFrom = Integer.compare(from, other.from);
            return byFrom != 0 ? byFrom : Integer.compare(to, other.to);
        }
    }

    private final java.util.function.Function<NodeId, RaftConfig> config;
    private final TreeMap<Integer, Node> nodes = new TreeMap<>();
    private final TreeMap<Link, ArrayDeque<Message>> links = new TreeMap<>();
    private final TreeMap<Link, Message> lastDelivered = new TreeMap<>();
    private final TreeMap<EntryId, List<String>> snapshots = new TreeMap<>();
    private final TreeSet<Link> held = new TreeSet<>();
    private final TreeSet<Integer> isolated = new TreeSet<>();
    private final TreeSet<Integer> stalled = new TreeSet<>();
    private final List<String> trace = new ArrayList<>();

    CoreFixture() {
        this(CoreFixture::smallConfig);
    }

    CoreFixture(java.util.function.Function<NodeId, RaftConfig> config) {
        this.config = config;
    }

    /// Default times; no trailing entries, so that compaction shows at once.
    static RaftConfig smallConfig(NodeId id) {
        return RaftConfig.defaults(id).withRetention(new RaftConfig.Retention(0, 1 << 20));
    }

    static Member member(int id) {
        return new Member(new NodeId(id), new MemberUuid(0, id), "localhost:" + (7000 + id));
    }

    RaftStatus status(int node) {
        return node(node).core().status();
    }

    List<String> applied(int node) {
        return List.copyOf(node(node).applied);
    }

    Entry durableEntry(int node, long index) {
        return node(node).disk.entry(index);
    }

    void step(int node, Event... events) {
        node(node).turn(events);
    }

    /// Everything that happened, as [TraceFormat] lines.
    List<String> trace() {
        return trace;
    }

    private Node node(int id) {
        return Objects.requireNonNull(nodes.get(id), () -> "no member " + id);
    }

    CoreFixture run(String... commands) {
        for (String command : commands) {
            execute(command.strip().split(" +"));
        }
        return this;
    }

    private void execute(String[] words) {
        int first = words.length > 1 ? number(words[1]) : 0;
        switch (words[0]) {
            case "cluster" -> cluster(first);
            case "join" -> join(first, Configuration.EMPTY);
            case "elapse" -> elapse(node(first), number(words[2]));
            case "timeout" -> timeout(node(first));
            case "pause" -> pause(node(first), number(words[2]));
            case "settle" -> settle();
            case "deliver" ->
                deliver(new Link(first, number(words[2])), words.length > 3 ? number(words[3]) : MAX_STEPS);
            case "drop" -> links.remove(new Link(first, number(words[2])));
            case "replay" -> replay(new Link(first, number(words[2])));
            case "persist" -> node(first).persist();
            case "hold" -> held.add(new Link(first, number(words[2])));
            case "cut" -> isolated.add(first);
            case "stall" -> stalled.add(first);
            case "heal" -> heal();
            case "crash" -> crash(node(first));
            case "restart" -> node(first).start();
            case "damage" -> node(first).disk.damageFrom(number(words[2]));
            case "lose" -> node(first).disk.loseFrom(number(words[2]));
            case "status" -> nodes.values().forEach(this::traceStatus);
            default -> request(node(first), words);
        }
    }

    private void request(Node node, String[] words) {
        switch (words[0]) {
            case "propose" -> node.turn(proposal(words));
            case "read" -> node.turn(new Event.ReadIndex(number(words[2])));
            case "transfer" -> node.turn(new Event.TransferLeadership(900, new NodeId(number(words[2]))));
            case "change" -> node.turn(new Event.ChangeConfiguration(800, change(words)));
            case "snapshot" -> node.takeSnapshot();
            case "loss-found" -> node.turn(new Event.LossFound(number(words[2])));
            case "disconnect" -> node.turn(new Event.PeerDisconnected(new NodeId(number(words[2]))));
            case "reconnect" -> node.turn(new Event.PeerRestarted(new NodeId(number(words[2]))));
            default -> throw new IllegalArgumentException("unknown command " + Arrays.toString(words));
        }
    }

    private static Event proposal(String[] words) {
        return new Event.Propose(700, Payload.wrap(words[2].getBytes(StandardCharsets.UTF_8)));
    }

    private static ConfigurationChange change(String[] words) {
        int target = number(words[3]);
        return switch (words[2]) {
            case "add-learner" -> new ConfigurationChange.AddLearner(member(target));
            case "promote" -> new ConfigurationChange.Promote(new NodeId(target));
            case "remove" -> new ConfigurationChange.Remove(new NodeId(target));
            case "replace" -> new ConfigurationChange.Replace(new NodeId(target), new NodeId(number(words[4])));
            default -> throw new IllegalArgumentException("unknown change " + words[2]);
        };
    }

    private static int number(String word) {
        return Integer.parseInt(word);
    }

    private void cluster(int size) {
        List<Member> voters = new ArrayList<>();
        for (int id = 1; id <= size; id++) {
            voters.add(member(id));
        }
        for (int id = 1; id <= size; id++) {
            join(id, Configuration.of(voters));
        }
    }

    private void join(int id, Configuration bootstrap) {
        Node node = new Node(new NodeId(id), bootstrap);
        nodes.put(id, node);
        node.start();
    }

    private void crash(Node node) {
        node.core = null;
        node.inbox.clear();
        node.writes.clear();
        links.keySet().removeIf(link -> link.to() == node.id.value());
    }

    private void traceStatus(Node node) {
        trace.add("  "
                + (node.core == null
                        ? node.id + ": down"
                        : TraceFormat.of(node.core().status())));
    }

    // ---- time

    private void elapse(Node node, int millis) {
        for (int passed = 0; passed < millis; passed += STEP_MILLIS) {
            node.nowNanos += Math.min(STEP_MILLIS, millis - passed) * MILLIS;
            node.turn();
        }
    }

    private void timeout(Node node) {
        RaftStatus.RoleName before = node.core().status().role();
        for (int step = 0; step < MAX_STEPS && node.core().status().role() == before; step++) {
            elapse(node, STEP_MILLIS);
        }
    }

    private void pause(Node node, int millis) {
        node.nowNanos += millis * MILLIS;
        node.turn();
    }

    // ---- network and disks

    private void post(NodeId from, NodeId to, Message message) {
        boolean lost = isolated.contains(from.value()) || isolated.contains(to.value());
        Node receiver = nodes.get(to.value());
        if (!lost && receiver != null && receiver.core != null) {
            links.computeIfAbsent(new Link(from.value(), to.value()), _ -> new ArrayDeque<>())
                    .add(message);
        }
    }

    private void heal() {
        held.clear();
        isolated.clear();
        stalled.clear();
    }

    private boolean deliver(Link link, int count) {
        ArrayDeque<Message> queue = links.get(link);
        Node receiver = node(link.to());
        if (queue == null || queue.isEmpty() || receiver.core == null) {
            return false;
        }
        List<Event> events = new ArrayList<>();
        for (Iterator<Message> next = queue.iterator(); next.hasNext() && events.size() < count; ) {
            Message message = next.next();
            next.remove();
            lastDelivered.put(link, message);
            events.add(new Event.Received(new NodeId(link.from()), message));
        }
        receiver.turn(events.toArray(Event[]::new));
        return true;
    }

    private void replay(Link link) {
        Message message = Objects.requireNonNull(lastDelivered.get(link), "nothing to replay");
        node(link.to()).turn(new Event.Received(new NodeId(link.from()), message));
    }

    private void settle() {
        boolean moved = true;
        for (int round = 0; moved; round++) {
            if (round == MAX_ROUNDS) {
                throw new IllegalStateException("does not settle");
            }
            moved = false;
            for (Node node : nodes.values()) {
                if (node.core != null) {
                    moved |= !stalled.contains(node.id.value()) && node.persist();
                    moved |= drainInbox(node);
                }
            }
            for (Link link : List.copyOf(links.keySet())) {
                moved |= !held.contains(link) && deliver(link, MAX_STEPS);
            }
        }
    }

    private static boolean drainInbox(Node node) {
        List<Event> events = new ArrayList<>(node.inbox);
        node.inbox.clear();
        if (!events.isEmpty()) {
            node.turn(events.toArray(Event[]::new));
        }
        return !events.isEmpty();
    }

    /// What each running member has applied.
    Map<Integer, List<String>> applied() {
        TreeMap<Integer, List<String>> all = new TreeMap<>();
        nodes.forEach((id, node) -> all.put(id, List.copyOf(node.applied)));
        return all;
    }
}
