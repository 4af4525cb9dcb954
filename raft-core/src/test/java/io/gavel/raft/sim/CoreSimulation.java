package io.gavel.raft.sim;

import io.gavel.raft.Event;
import io.gavel.raft.Payload;
import io.gavel.raft.RaftConfig;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One run: virtual time, a queue of things to happen, members, a network, clients and faults, all from one seed.
///
/// Two phases. *Safety*: any fault that the options allow. *Liveness*: faults stop, a core that holds a majority is
/// healed, the rest stays as it is, and the core must elect, commit and converge within a bound.
///
/// How it works: the queue is ordered by (time, number of the event), so ties have one order; each component draws
/// from a generator of its own, so that a draw added in one does not shift the others.
final class CoreSimulation {
    private static final long ELECTION_BOUND_NANOS = 30 * SimOptions.SECONDS;
    private static final int MAX_MEMBERS = 9;

    private record Scheduled(long at, long number, Runnable action) implements Comparable<Scheduled> {
        @Override
        public int compareTo(Scheduled other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final SimOptions options;
    private final PriorityQueue<Scheduled> queue = new PriorityQueue<>();
    private final TreeMap<NodeId, SimNode> nodes = new TreeMap<>();
    private final TreeMap<Long, Long> stateHashes = new TreeMap<>();
    private final RaftLedger ledger = new RaftLedger();
    private final TraceHash trace = new TraceHash();
    private final SimNetwork network;
    private final SplittableRandom faults;
    private final SplittableRandom clients;
    private final SplittableRandom disks;
    private final SplittableRandom members;
    private final Configuration bootstrap;
    private Configuration committedConfiguration;
    private long committedConfigurationIndex;
    private final TreeSet<NodeId> onceMembers = new TreeSet<>();
    private long now;
    private long scheduledCount;
    private long correlation;
    private long acknowledged;
    private int faultsInjected;
    private boolean faultsOver;
    private boolean excused;

    /// What a run amounted to, to tell a busy run from a vacuous one.
    record Report(
            long seed,
            long traceHash,
            int leaderChanges,
            long acknowledged,
            long committed,
            int faults,
            boolean livenessExcused) {}

    CoreSimulation(long seed, SimOptions options) {
        this.options = options;
        SplittableRandom root = new SplittableRandom(seed);
        this.network = new SimNetwork(this, root.split());
        this.faults = root.split();
        this.clients = root.split();
        this.disks = root.split();
        this.members = root.split();
        List<Member> voters = new ArrayList<>();
        for (int i = 1; i <= options.members(); i++) {
            voters.add(member(new NodeId(i)));
        }
        this.bootstrap = new Configuration(voters, List.of(), List.of());
        this.committedConfiguration = bootstrap;
        voters.forEach(m -> onceMembers.add(m.id()));
    }

    static Report run(long seed) {
        return new CoreSimulation(seed, SimOptions.draw(seed)).run0(seed);
    }

    private Report run0(long seed) {
        for (Member member : bootstrap.voters()) {
            nodes.put(member.id(), new SimNode(member.id(), bootstrap, this, members.split(), options.clockDrift()));
        }
        nodes.values().forEach(SimNode::start);
        scheduleFault();
        scheduleOperation();
        runUntil(options.safetyNanos());
        livenessPhase();
        return new Report(
                seed,
                trace.value(),
                ledger.leaderChanges(),
                acknowledged,
                ledger.committedIndex(),
                faultsInjected,
                excused);
    }

    private static Member member(NodeId id) {
        return new Member(id, new MemberUuid(id.value(), 7), "10.0.0." + id.value() + ":7401");
    }

    // ---- what members ask of the world

    long now() {
        return now;
    }

    SimOptions options() {
        return options;
    }

    RaftLedger ledger() {
        return ledger;
    }

    TraceHash trace() {
        return trace;
    }

    SimNetwork network() {
        return network;
    }

    @Nullable
    SimNode node(NodeId id) {
        return nodes.get(id);
    }

    @Nullable
    SimLog disk(NodeId id) {
        SimNode node = nodes.get(id);
        return node == null ? null : node.durable();
    }

    RaftConfig config(NodeId id) {
        return options.tinyWindows() ? SimConfigs.tiny(id) : SimConfigs.usual(id);
    }

    long fsyncNanos() {
        boolean stall = !faultsOver && disks.nextDouble() < options.fsyncStall();
        return stall ? disks.nextLong(3 * SimOptions.SECONDS) : 50_000 + disks.nextLong(options.fsyncNanos());
    }

    void at(long nanos, Runnable action) {
        queue.add(new Scheduled(Math.max(nanos, now), scheduledCount++, action));
    }

    void after(long nanos, Runnable action) {
        at(now + nanos, action);
    }

    void onAcknowledged() {
        acknowledged++;
    }

    /// All members reach the same state at the same index.
    void onApplied(long index, long stateHash) {
        Long known = stateHashes.putIfAbsent(index, stateHash);
        RaftLedger.check(known == null || known == stateHash, "replica equality: states differ at index " + index);
    }

    void onConfigurationCommitted(long index, Configuration configuration) {
        if (index > committedConfigurationIndex) {
            committedConfigurationIndex = index;
            committedConfiguration = configuration;
            configuration.members().forEach(m -> onceMembers.add(m.id()));
        }
    }

    private void runUntil(long end) {
        while (!queue.isEmpty() && queue.peek().at() <= end) {
            Scheduled next = queue.remove();
            now = next.at();
            next.action().run();
        }
        now = end;
    }

    // ---- clients

    private void scheduleOperation() {
        after(1 + clients.nextLong(2 * options.operationIntervalNanos()), () -> {
            if (!faultsOver) {
                operate();
                scheduleOperation();
            }
        });
    }

    private void operate() {
        SimNode node = anyOf(upNodes(), clients);
        if (node == null) {
            return;
        }
        long id = ++correlation;
        if (clients.nextInt(4) == 0) {
            node.read(id);
            return;
        }
        SimNode leader = leader();
        SimNode target = leader != null && clients.nextInt(8) != 0 ? leader : node;
        target.propose(id, payload(id));
    }

    private static Payload payload(long id) {
        return Payload.wrap(ByteBuffer.allocate(8).putLong(id).array());
    }

    private List<SimNode> upNodes() {
        return nodes.values().stream().filter(SimNode::isUp).toList();
    }

    private @Nullable SimNode leader() {
        SimNode leader = null;
        for (SimNode node : upNodes()) {
            RaftStatus status = node.status();
            if (status.role() == RaftStatus.RoleName.LEADER
                    && (leader == null
                            || status.hardState().currentTerm()
                                    > leader.status().hardState().currentTerm())) {
                leader = node;
            }
        }
        return leader;
    }

    private static <T> @Nullable T anyOf(List<T> choices, SplittableRandom random) {
        return choices.isEmpty() ? null : choices.get(random.nextInt(choices.size()));
    }

    // ---- faults

    private void scheduleFault() {
        after(1 + faults.nextLong(2 * options.faultIntervalNanos()), () -> {
            if (!faultsOver) {
                injectFault();
                scheduleFault();
            }
        });
    }

    private void injectFault() {
        double[] weights = {
            options.crashWeight(),
            options.partitionWeight(),
            options.pauseWeight(),
            options.membershipWeight(),
            options.transferWeight(),
            options.damageWeight(),
            options.powerLossWeight()
        };
        double total = 0;
        for (double weight : weights) {
            total += weight;
        }
        double drawn = faults.nextDouble() * total;
        int kind = 0;
        while (kind < weights.length - 1 && drawn >= weights[kind]) {
            drawn -= weights[kind++];
        }
        if (total == 0) {
            kind = 0;
        }
        faultsInjected++;
        switch (kind) {
            case 0 -> crashOne();
            case 1 -> partition();
            case 2 -> pauseOne();
            case 3 -> changeMembership();
            case 4 -> transferLeadership();
            case 5 -> damageOne();
            case 6 -> powerLoss();
            default -> throw new AssertionError(kind);
        }
    }

    private @Nullable SimNode leaderOrAny() {
        SimNode leader = leader();
        return leader != null && faults.nextInt(3) != 0 ? leader : anyOf(upNodes(), faults);
    }

    private void crashOne() {
        SimNode node = leaderOrAny();
        if (node != null) {
            crash(node);
            restartLater(node, faults.nextLong(4 * SimOptions.SECONDS));
        }
    }

    private void crash(SimNode node) {
        node.crash();
        if (faults.nextDouble() < options.silentCrash()) {
            return;
        }
        for (SimNode peer : upNodes()) {
            if (!network.isCut(node.id, peer.id)) {
                after(200_000 + faults.nextLong(3_000_000), () -> peer.enqueue(new Event.PeerDisconnected(node.id)));
            }
        }
    }

    private void restartLater(SimNode node, long delayNanos) {
        after(delayNanos, () -> {
            if (!node.isUp() && !node.isRemoved()) {
                node.start();
            }
        });
    }

    private void powerLoss() {
        for (SimNode node : upNodes()) {
            node.crash();
            restartLater(node, faults.nextLong(SimOptions.SECONDS));
        }
    }

    /// Rot, placed so that every committed entry keeps an intact copy on the other members.
    private void damageOne() {
        boolean repairing = nodes.values().stream().anyMatch(n -> n.durable().repairUntil() > 0);
        SimNode node = leaderOrAny();
        if (repairing || node == null || !isWithoutChange()) {
            return;
        }
        crash(node);
        node.damage();
        restartLater(node, faults.nextLong(2 * SimOptions.SECONDS));
    }

    /// Whether every running member knows the same, settled configuration of at least three voters.
    private boolean isWithoutChange() {
        return committedConfiguration.voters().size() >= 3
                && upNodes().stream().allMatch(n -> n.status().configuration().equals(committedConfiguration));
    }

    private void pauseOne() {
        SimNode node = leaderOrAny();
        if (node != null) {
            node.pauseUntil(now + (1 + faults.nextLong(4_000)) * SimOptions.MILLIS);
        }
    }

    private void partition() {
        network.healAll();
        List<SimNode> all = new ArrayList<>(nodes.values());
        SimNode leader = leader();
        switch (faults.nextInt(6)) {
            case 0 -> {}
            case 1 -> isolate(leader == null ? all.getFirst() : leader, all, true);
            case 2 -> isolate(all.get(faults.nextInt(all.size())), all, faults.nextBoolean());
            case 3 -> splitInHalves(all);
            case 4 -> {
                SimNode one = all.get(faults.nextInt(all.size()));
                SimNode other = all.get(faults.nextInt(all.size()));
                network.cut(one.id, other.id);
                if (faults.nextBoolean()) {
                    network.cut(other.id, one.id);
                }
            }
            case 5 -> cutRandomLinks(all);
            default -> throw new AssertionError();
        }
    }

    private void isolate(SimNode node, List<SimNode> all, boolean bothWays) {
        for (SimNode other : all) {
            if (other != node) {
                network.cut(node.id, other.id);
                if (bothWays) {
                    network.cut(other.id, node.id);
                }
            }
        }
    }

    private void splitInHalves(List<SimNode> all) {
        int mask = faults.nextInt(1 << Math.min(all.size(), 16));
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < all.size(); j++) {
                if ((mask >> i & 1) != (mask >> j & 1)) {
                    network.cut(all.get(i).id, all.get(j).id);
                }
            }
        }
    }

    private void cutRandomLinks(List<SimNode> all) {
        for (SimNode from : all) {
            for (SimNode to : all) {
                if (from != to && faults.nextInt(4) == 0) {
                    network.cut(from.id, to.id);
                }
            }
        }
    }

    private void transferLeadership() {
        SimNode leader = leader();
        SimNode target = anyOf(upNodes(), faults);
        if (leader != null && target != null) {
            leader.enqueue(new Event.TransferLeadership(++correlation, target.id));
        }
    }

    private void changeMembership() {
        SimNode leader = leader();
        if (leader == null || !noneRepairing()) {
            return;
        }
        Configuration configuration = leader.status().configuration();
        ConfigurationChange change = drawChange(configuration);
        if (change != null) {
            leader.enqueue(new Event.ChangeConfiguration(++correlation, change));
        }
        retireRemoved();
    }

    private @Nullable ConfigurationChange drawChange(Configuration configuration) {
        List<Member> learners = configuration.learners();
        List<Member> voters = configuration.voters();
        int choice = faults.nextInt(4);
        if (choice == 0 && nodes.size() < MAX_MEMBERS) {
            NodeId id = new NodeId(nodes.lastKey().value() + 1);
            SimNode node = new SimNode(id, Configuration.EMPTY, this, members.split(), options.clockDrift());
            nodes.put(id, node);
            node.start();
            return new ConfigurationChange.AddLearner(member(id));
        }
        if (choice == 1 && !learners.isEmpty()) {
            return new ConfigurationChange.Promote(
                    learners.get(faults.nextInt(learners.size())).id());
        }
        if (choice == 2 && !learners.isEmpty()) {
            return new ConfigurationChange.Replace(
                    voters.get(faults.nextInt(voters.size())).id(),
                    learners.get(faults.nextInt(learners.size())).id());
        }
        if (choice == 3 && voters.size() > 2) {
            return new ConfigurationChange.Remove(
                    voters.get(faults.nextInt(voters.size())).id());
        }
        return null;
    }

    /// Members that the committed, no longer joint configuration left out are switched off after a while.
    private void retireRemoved() {
        if (!committedConfiguration.outgoingVoters().isEmpty()) {
            return;
        }
        for (SimNode node : nodes.values()) {
            if (onceMembers.contains(node.id) && !committedConfiguration.contains(node.id)) {
                Configuration left = committedConfiguration;
                after(faults.nextLong(3 * SimOptions.SECONDS), () -> {
                    if (left.equals(committedConfiguration)) {
                        node.remove();
                    }
                });
            }
        }
    }

    // ---- liveness

    private void livenessPhase() {
        faultsOver = true;
        network.becomeHealthy();
        nodes.values().forEach(SimNode::dropRequestedChanges);
        boolean frozenMinority = faults.nextBoolean()
                && committedConfiguration.outgoingVoters().isEmpty()
                && nodes.values().stream().noneMatch(this::knowsNewerConfiguration)
                && noneRepairing();
        List<SimNode> core = frozenMinority ? healthyMajority() : healEverybody();
        if (lacksIntactMajority()) {
            excused = true;
            return;
        }
        long start = now;
        SimNode leader = awaitStableLeader(core, start);
        awaitCommit(core, start, leader);
        if (!frozenMinority) {
            awaitConvergence(start);
        }
    }

    private boolean knowsNewerConfiguration(SimNode node) {
        return node.written().newestConfigurationIndex() > committedConfigurationIndex;
    }

    /// A member under repair does not vote: where a configuration has no majority without it, availability is lost
    /// and nothing else (rule 25).
    private boolean lacksIntactMajority() {
        return upNodes().stream()
                .map(n -> n.status().configuration())
                .anyMatch(c -> lacksIntactMajority(c.voters()) || lacksIntactMajority(c.outgoingVoters()));
    }

    private boolean lacksIntactMajority(List<Member> voters) {
        long intact = voters.stream()
                .map(m -> nodes.get(m.id()))
                .filter(n -> n != null && !n.isRemoved() && n.durable().repairUntil() == 0)
                .count();
        return !voters.isEmpty() && intact <= voters.size() / 2;
    }

    private boolean noneRepairing() {
        return nodes.values().stream().allMatch(n -> n.durable().repairUntil() == 0);
    }

    private List<SimNode> healEverybody() {
        network.healAll();
        List<SimNode> core = new ArrayList<>();
        for (SimNode node : nodes.values()) {
            if (!node.isRemoved()) {
                if (!node.isUp()) {
                    node.start();
                }
                core.add(node);
            }
        }
        return core;
    }

    /// Heals a random majority of the voters among themselves; everything else stays as the faults left it, except
    /// that no link from outside may carry more than it did.
    private List<SimNode> healthyMajority() {
        List<SimNode> voters = new ArrayList<>();
        for (Member member : committedConfiguration.voters()) {
            SimNode node = nodes.get(member.id());
            if (node != null && !node.isRemoved()) {
                voters.add(node);
            }
        }
        int quorum = committedConfiguration.voters().size() / 2 + 1;
        while (voters.size() > quorum) {
            voters.remove(faults.nextInt(voters.size()));
        }
        network.healAll();
        for (SimNode outsider : nodes.values()) {
            if (!voters.contains(outsider)) {
                for (SimNode other : nodes.values()) {
                    network.cut(other.id, outsider.id);
                    if (faults.nextBoolean()) {
                        network.cut(outsider.id, other.id);
                    }
                }
            }
        }
        for (SimNode node : voters) {
            if (!node.isUp()) {
                node.start();
            }
        }
        return voters;
    }

    private SimNode awaitStableLeader(List<SimNode> core, long start) {
        while (true) {
            step(start, "no leader among " + core.stream().map(n -> n.id).toList());
            SimNode leader = leader();
            if (leader != null && core.contains(leader)) {
                return leader;
            }
        }
    }

    private void awaitCommit(List<SimNode> core, long start, SimNode first) {
        long before = ledger.committedIndex();
        SimNode leader = first;
        while (core.stream()
                        .filter(SimNode::isUp)
                        .mapToLong(SimNode::lastApplied)
                        .max()
                        .orElse(0)
                <= before) {
            leader.propose(++correlation, payload(correlation));
            step(start, "no progress beyond index " + before);
            SimNode current = leader();
            leader = current == null ? leader : current;
            if (!leader.isUp()) {
                leader = first;
            }
        }
    }

    private void awaitConvergence(long start) {
        while (!hasConverged()) {
            step(start, "members do not converge to index " + ledger.committedIndex());
        }
    }

    private boolean hasConverged() {
        boolean converged = committedConfiguration.outgoingVoters().isEmpty() && areVotersRepaired();
        for (SimNode node : nodes.values()) {
            converged &= !committedConfiguration.contains(node.id)
                    || (node.isUp() && node.lastApplied() == ledger.committedIndex());
        }
        return converged;
    }

    /// Whether each voter's log is whole again; one that lost entries nobody else had waits for the log to grow.
    private boolean areVotersRepaired() {
        return committedConfiguration.voters().stream()
                .map(m -> nodes.get(m.id()))
                .allMatch(n -> n != null
                        && (n.durable().repairUntil() == 0 || n.durable().repairUntil() > ledger.committedIndex()));
    }

    private String describe() {
        StringBuilder text = new StringBuilder(committedConfiguration.toString());
        for (SimNode node : upNodes()) {
            text.append("\n  ").append(node.status());
        }
        return text.toString();
    }

    private void step(long start, String missing) {
        if (now - start > ELECTION_BOUND_NANOS) {
            throw new SimulationFailure("liveness: " + missing + "\n" + describe());
        }
        runUntil(now + 20 * SimOptions.MILLIS);
    }
}
