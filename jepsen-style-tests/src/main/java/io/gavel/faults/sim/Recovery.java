package io.gavel.faults.sim;

import io.gavel.faults.sim.check.Chronicle;
import io.gavel.faults.sim.check.RaftLedger;
import io.gavel.faults.sim.check.ViolationException;
import io.gavel.faults.sim.client.SimClient;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.server.disk.sim.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// The end of a run: a healthy core is healed while the rest stays as it is, and must elect, serve and converge (I25 to
/// I27); then everybody is healed and must converge.
final class Recovery {
    private static final long SECOND = 1_000_000_000L;
    private static final long STEP_NANOS = SECOND / 4;
    private static final long LIMIT_NANOS = 45 * SECOND;
    private static final long STABLE_NANOS = 3 * SECOND;
    private static final int MAX_LEADERS = 4;

    private final World world;
    private final Scheduler scheduler;
    private final RaftLedger ledger;
    private final Chronicle chronicle;
    private final RandomGenerator random;

    Recovery(World world, RandomGenerator random) {
        this.world = world;
        this.scheduler = world.scheduler();
        this.ledger = world.ledger();
        this.chronicle = world.witness().chronicle();
        this.random = random;
    }

    /// Everybody is healed at once, and must serve and converge.
    void runWhole() {
        world.endFaults();
        world.workload().stop();
        world.phase("everybody healed");
        heal(world.nodes());
        demandService(world.nodes());
        await("I27", "all members converge", this::hasConverged);
        finish();
    }

    void run() {
        world.endFaults();
        world.workload().stop();
        List<SimNode> core = core();
        world.phase("healthy core " + core.stream().map(SimNode::host).toList());
        heal(core);
        demandService(core);
        if (core.size() < world.nodes().size()) {
            world.phase("everybody healed");
            heal(world.nodes());
            await("I27", "all members converge", this::hasConverged);
        }
        await("I26", "everything held is given back", () -> chronicle.held().isEmpty());
        finish();
    }

    private void finish() {
        boolean[] read = new boolean[1];
        world.workload().readAll(() -> read[0] = true);
        await("I26", "everything can be read", () -> read[0]);
        world.workload().finish();
    }

    private void demandService(List<SimNode> core) {
        await("I25", "a leader", () -> world.leader() != null);
        world.workload().confirm();
        await(
                "I26",
                "every client writes, every operation ends",
                () -> world.workload().confirmed() >= world.workload().clients()
                        && world.workload().tally().openCount() == 0);
        long committed = ledger.committedIndex();
        // A leader outside of the core may be unable to reach some of it: the core is served, that one is not.
        await("I27", "the core converges to " + committed, () -> !leadsWithin(core) || hasApplied(core, committed));
        demandStability(core);
    }

    /// A leader of the core stays. One outside of it may still suffer from what it is left with, and hand over once.
    private void demandStability(List<SimNode> core) {
        for (int tries = 0; tries < MAX_LEADERS; tries++) {
            SimNode leader = world.leader();
            long term = leader == null ? 0 : ledger.term(leader.id());
            long before = chronicle.replicatedTimeNanos();
            live(STABLE_NANOS);
            SimNode later = world.leader();
            if (later != null && later == leader && ledger.term(later.id()) == term) {
                long passed = chronicle.replicatedTimeNanos() - before;
                demand(
                        passed > STABLE_NANOS / 2 || !core.contains(leader),
                        "I22",
                        "replicated time went on by " + passed + " ns in " + STABLE_NANOS + " ns of a stable leader");
                return;
            }
            demand(
                    leader == null || !core.contains(leader),
                    "I25",
                    "the leader of term " + term + " does not stay although the core is healthy");
        }
        demand(false, "I25", "no leader stays although the core is healthy" + describe());
    }

    private boolean leadsWithin(List<SimNode> core) {
        SimNode leader = world.leader();
        return leader != null && core.contains(leader);
    }

    private boolean hasApplied(List<SimNode> those, long index) {
        Configuration configuration = world.configuration();
        for (SimNode node : those) {
            boolean member = isListed(configuration, node);
            if (member
                    && !node.isBroken()
                    && !world.witness().isRolledBack(node.id())
                    && ledger.applied(node.id()) < index) {
                return false;
            }
        }
        return true;
    }

    boolean hasConverged() {
        return hasApplied(world.nodes(), ledger.committedIndex());
    }

    private static boolean isListed(Configuration configuration, SimNode node) {
        for (Member member : configuration.members()) {
            if (member.id().value() == node.id()
                    && member.uuid().equals(node.setting().origin().identity().uuid())) {
                return true;
            }
        }
        return false;
    }

    /// A random majority of what every configuration in sight needs; everybody, where these differ.
    private List<SimNode> core() {
        Configuration configuration = world.configuration();
        for (SimNode node : world.nodes()) {
            Configuration other = ledger.configuration(node.id());
            if (!other.voters().isEmpty() && !other.equals(configuration)) {
                return world.nodes();
            }
        }
        if (random.nextBoolean() || configuration.isJoint()) {
            return world.nodes();
        }
        List<SimNode> intact = new ArrayList<>();
        for (Member voter : configuration.voters()) {
            SimNode node = world.nodes().get(voter.id().value() - 1);
            if (!node.isBroken() && !world.isDamaged(node)) {
                intact.add(node);
            }
        }
        int quorum = configuration.voters().size() / 2 + 1;
        while (intact.size() > quorum) {
            intact.remove(random.nextInt(intact.size()));
        }
        return intact.size() < quorum ? world.nodes() : intact;
    }

    private void heal(List<SimNode> those) {
        for (SimNode one : those) {
            for (SimNode other : those) {
                if (one != other) {
                    world.network().heal(world.network().link(one.host(), other.host()));
                }
            }
            for (SimClient client : world.clients()) {
                world.network().heal(world.network().link(one.host(), client.host()));
                world.network().heal(world.network().link(client.host(), one.host()));
            }
            one.heal();
        }
        for (SimClient client : world.clients()) {
            client.heal();
        }
        for (SimNode node : world.nodes()) {
            if (!those.contains(node)) {
                node.freeze();
                deliverEveryFrame(node);
            }
        }
        if (those.size() == world.nodes().size()) {
            stopOldCopies();
        }
    }

    /// Who is outside of the core stays cut off, slow or stalled. Single frames are lost where a queue is full, and
    /// that does not last.
    private void deliverEveryFrame(SimNode node) {
        world.linksOf(node, 2).forEach(link -> link.disturb(0, 0));
    }

    /// Whose disk went back is refused by all who know a start that it forgot, and is to be replaced (rule 21): it is
    /// stopped if the others are enough, for nobody can follow a leader that he must not listen to.
    private void stopOldCopies() {
        Configuration configuration = world.configuration();
        List<SimNode> old = new ArrayList<>();
        int others = 0;
        for (Member voter : configuration.voters()) {
            SimNode node = world.nodes().get(voter.id().value() - 1);
            if (world.witness().isRolledBack(node.id())) {
                old.add(node);
            } else if (!node.isBroken()) {
                others++;
            }
        }
        if (!configuration.isJoint() && others > configuration.voters().size() / 2) {
            old.forEach(node -> node.crash(SimDisk.Keep.PAGE_CACHE));
        }
    }

    private void live(long nanos) {
        scheduler.runUntil(scheduler.nowNanos() + nanos);
    }

    private interface Condition {
        boolean holds();
    }

    private void await(String check, String what, Condition condition) {
        long deadline = scheduler.nowNanos() + LIMIT_NANOS;
        while (!condition.holds()) {
            demand(
                    scheduler.nowNanos() < deadline,
                    check,
                    "not within " + LIMIT_NANOS / SECOND + " s: " + what + describe());
            live(STEP_NANOS);
        }
    }

    private String describe() {
        StringBuilder text = new StringBuilder("; committed ").append(ledger.committedIndex());
        for (SimNode node : world.nodes()) {
            text.append(", ")
                    .append(node.host())
                    .append(node.isBroken() ? " broken" : node.isRunning() ? "" : " down")
                    .append(ledger.leads(node.id()) ? " leads" : "")
                    .append(" term ")
                    .append(ledger.term(node.id()))
                    .append(" applied ")
                    .append(ledger.applied(node.id()));
        }
        return text.append("; confirmed ")
                .append(world.workload().confirmed())
                .append(" of ")
                .append(world.workload().clients())
                .append(", open ")
                .append(world.workload().tally().openCount())
                .append("; held ")
                .append(chronicle.held())
                .append("; ")
                .append(world.configuration())
                .toString();
    }

    private static void demand(boolean holds, String check, String message) {
        if (!holds) {
            throw new ViolationException(check, message);
        }
    }
}
