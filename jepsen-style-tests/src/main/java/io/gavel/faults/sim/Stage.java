package io.gavel.faults.sim;

import io.gavel.faults.sim.check.ViolationException;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.client.SimClient;
import io.gavel.faults.sim.fault.Target;
import io.gavel.faults.sim.net.Link;
import io.gavel.faults.sim.node.NodeLife;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.faults.sim.time.Draws;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.node.NodeAssembly;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/// A world in which a story is told: who does what, and what happens to whom, is decided by the caller, step by step.
///
/// Members that die are started again after 100 ms, unless the story keeps them down. Everything that the world checks
/// in drawn runs is checked here as well.
public final class Stage {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final long SLICE_NANOS = 5 * MILLI;
    private static final long LIMIT_NANOS = 60 * SECOND;
    private static final long RESTART_NANOS = 100 * MILLI;

    private final World world;
    private final Draws draws;
    private final TreeSet<Integer> keptDown = new TreeSet<>();
    private final TreeMap<Integer, Long> startsAt = new TreeMap<>();
    private int faults;

    /// What happens in a world; throws [ViolationException] when something does not hold.
    @FunctionalInterface
    public interface Story {
        void tell(Stage stage);
    }

    private Stage(World world, Draws draws) {
        this.world = world;
        this.draws = draws;
    }

    /// Tells the story in a fresh world and returns what was seen, the first violation included.
    public static RunResult play(StageSetting setting, Story story) {
        Draws draws = new Draws(setting.seed());
        RunOptions options = RunOptions.DEFAULT.withNodes(setting.nodes());
        World world = new World(setting.keepEvents() ? options.withEvents() : options, Settings.of(setting), draws);
        return SimRun.live(setting.seed(), world, () -> {
            world.buildMembers();
            story.tell(new Stage(world, draws));
        });
    }

    // ---- who is there

    /// The cluster as faults see it.
    public Target target() {
        return world;
    }

    public SimNode member(int id) {
        return world.nodes().get(id - 1);
    }

    /// The member that leads, once one does.
    public SimNode leader() {
        await("a leader", () -> world.leader() != null);
        SimNode leader = world.leader();
        demand(leader != null, "I25", "the leader was lost at once");
        return leader == null ? member(1) : leader;
    }

    /// A founder that does not lead; `which` counts from 0.
    public SimNode follower(int which) {
        SimNode leader = leader();
        List<SimNode> others = new ArrayList<>(world.nodes());
        others.remove(leader);
        return others.get(which);
    }

    /// A client with a session of its own.
    public Actor newActor() {
        SimClient client = world.newClient();
        return world.workload().enlist(client, draws.of("script" + client.id()));
    }

    public Operator operator() {
        return new Operator(this);
    }

    /// How far the member's state is.
    public long applied(SimNode node) {
        return world.ledger().applied(node.id());
    }

    /// The member's term, by its last report.
    public long term(SimNode node) {
        return world.ledger().term(node.id());
    }

    public boolean leads(SimNode node) {
        return world.ledger().leads(node.id());
    }

    public long committedIndex() {
        return world.ledger().committedIndex();
    }

    /// How many leaders there were.
    public int leaderChanges() {
        return world.ledger().leaderChanges();
    }

    // ---- time

    public long nowNanos() {
        return world.scheduler().nowNanos();
    }

    /// Lets time pass.
    public void live(long nanos) {
        long until = nowNanos() + nanos;
        while (nowNanos() < until) {
            world.scheduler().runUntil(Math.min(until, nowNanos() + SLICE_NANOS));
            superviseAll();
        }
    }

    private void superviseAll() {
        for (SimNode node : world.nodes()) {
            if (node.isRunning() || node.starts() == 0 || node.isBroken() || keptDown.contains(node.id())) {
                startsAt.remove(node.id());
                continue;
            }
            Long at = startsAt.putIfAbsent(node.id(), nowNanos() + RESTART_NANOS);
            if (at != null && nowNanos() >= at) {
                node.start();
            }
        }
    }

    /// Lets time pass until it holds, at most a minute.
    public void await(String what, BooleanSupplier condition) {
        await(what, LIMIT_NANOS, condition);
    }

    /// Lets time pass until it holds; it is a violation of liveness if it does not within the limit.
    public void await(String what, long limitNanos, BooleanSupplier condition) {
        long deadline = nowNanos() + limitNanos;
        while (!condition.getAsBoolean()) {
            demand(nowNanos() < deadline, "I26", "not within " + limitNanos / MILLI + " ms: " + what);
            live(SLICE_NANOS);
        }
    }

    /// Waits until the operation has ended in whatever way.
    public Act ended(Act act) {
        await(act.toString(), act::isOver);
        return act;
    }

    /// Waits until the operation has succeeded; demands that it does.
    public Act done(Act act) {
        ended(act);
        demand(act.isOk(), "outcome", act.toString());
        return act;
    }

    /// A check of the story itself.
    public void demand(boolean holds, String check, String message) {
        if (!holds) {
            throw new ViolationException(check, message);
        }
    }

    // ---- what happens to whom

    /// For the record: a fault begins.
    public void note(FaultKind kind, SimNode node, String text) {
        world.note(kind, ++faults, node.id(), node.host() + " " + text);
    }

    /// The process or machine is gone until [#start].
    public void stop(SimNode node, SimDisk.Keep keep) {
        keptDown.add(node.id());
        note(keep == SimDisk.Keep.PAGE_CACHE ? FaultKind.KILL : FaultKind.POWER_LOSS, node, "ends, kept: " + keep);
        node.crash(keep);
    }

    public void start(SimNode node) {
        keptDown.remove(node.id());
        world.healed(faults, node.id(), node.host() + " starts");
        node.start();
    }

    /// Gone and back at once.
    public void restart(SimNode node, SimDisk.Keep keep) {
        stop(node, keep);
        start(node);
    }

    public void pause(SimNode node, long nanos) {
        note(FaultKind.PAUSE, node, "stands still for " + nanos / MILLI + " ms");
        node.pause(nanos);
    }

    /// What stands still goes on at once.
    public void resume(SimNode node) {
        NodeLife running = node.life();
        if (running != null) {
            world.healed(faults, node.id(), node.host() + " goes on");
            world.scheduler().resume(running.process());
        }
    }

    /// Nothing passes from one machine to the other, by their names, until [#join].
    public void cut(String from, String to) {
        world.note(FaultKind.PARTITION, ++faults, 0, from + " reaches " + to + " no more");
        world.network().block(link(from, to));
    }

    /// Everything from one machine to the other takes so much longer from now on.
    public void slow(String from, String to, long nanos) {
        world.note(FaultKind.DELAY, ++faults, 0, from + " reaches " + to + " later by " + nanos / MILLI + " ms");
        link(from, to).delay(nanos);
    }

    public void join(String from, String to) {
        world.healed(faults, 0, from + " reaches " + to + " again");
        world.network().unblock(link(from, to));
    }

    /// The member reaches no other member, and none reaches it; clients still do.
    public void isolate(SimNode node) {
        for (SimNode other : world.nodes()) {
            if (other != node) {
                cut(node.host(), other.host());
                cut(other.host(), node.host());
            }
        }
    }

    /// Undoes all cuts of the member from other members.
    public void rejoin(SimNode node) {
        world.linksOf(node, 2).forEach(world.network()::heal);
    }

    private Link link(String from, String to) {
        return world.network().link(from, to);
    }

    /// The member's disk was damaged: what it lost is excused, what it does with the rest is not.
    public void damaged(SimNode node, String text) {
        note(FaultKind.ROT, node, text);
        world.damaged(node);
    }

    /// The member's disk answered a read with an error: that may cost it what it read, but it can start again.
    public void hadReadError(SimNode node, String text) {
        note(FaultKind.BAD_READS, node, text);
        world.ledger().onDamage(node.id());
    }

    /// One of the member's files is as it was some time ago: its peers may refuse it for ever.
    public void hasOlderDisk(SimNode node, String text) {
        damaged(node, text);
        world.witness().onRolledBack(node.id());
    }

    /// Whether the member knows that it misses entries it once had.
    public boolean isUnderRepair(SimNode node) {
        NodeAssembly running = World.assembly(node);
        return running != null && running.consensus().status().repairUntil() > 0;
    }

    /// Whether some member ever knew that it misses entries.
    public boolean sawRepair() {
        return world.reached().counts().containsKey("member recovers in repair")
                || world.reached().counts().containsKey("loss found by a peer");
    }

    // ---- the end

    /// Everybody is healed; they must elect, serve each client, converge, and stay so.
    public void end() {
        keptDown.clear();
        new Recovery(world, draws.of("recovery")).runWhole();
    }

    /// Whether all members of the configuration have applied what is committed, except those that were given up.
    public boolean hasConverged() {
        return new Recovery(world, draws.of("recovery")).hasConverged();
    }
}
