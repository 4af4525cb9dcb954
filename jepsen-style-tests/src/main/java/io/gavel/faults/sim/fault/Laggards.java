package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.net.Link;
import io.gavel.faults.sim.node.NodeLife;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.node.NodeAssembly;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A member that was away until the others had compacted what it misses, and what happens while it gets a snapshot
/// instead (M3): the leader changes, or a change of members waits for it.
final class Laggards {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final long SNAPSHOT_NANOS = 200 * MILLI;

    private final Target target;

    Laggards(Target target) {
        this.target = target;
    }

    /// False if the cluster is in no state for it.
    boolean begin(int number, RandomGenerator random) {
        SimNode leader = target.leader();
        List<SimNode> others = others(target.configuration(), leader);
        if (leader == null || others.size() < 2) {
            return false;
        }
        SimNode laggard = others.remove(random.nextInt(others.size()));
        boolean change = random.nextBoolean();
        long away = (1_000 + random.nextLong(2_000)) * MILLI;
        target.note(
                FaultKind.SNAPSHOT,
                number,
                laggard.id(),
                laggard.host() + " is away until it needs a snapshot, then "
                        + (change ? "a change of members waits for it" : "the leader changes"));
        List<Link> cut = target.linksOf(laggard, 2);
        cut.forEach(target.network()::block);
        target.later(away, "snapshot", () -> snapshot(target.leader()));
        target.later(away + SNAPSHOT_NANOS, "back", () -> {
            if (change) {
                changeMeanwhile(number, laggard, random);
            } else {
                changeLeader(laggard, random);
            }
            cut.forEach(target.network()::unblock);
            target.healed(number, laggard.id(), laggard.host() + " is back");
        });
        return true;
    }

    private List<SimNode> others(Configuration configuration, @Nullable SimNode leader) {
        List<SimNode> others = new ArrayList<>();
        for (Member voter : configuration.voters()) {
            SimNode node = target.nodes().get(voter.id().value() - 1);
            if (node != leader && node.isRunning() && !target.isDamaged(node)) {
                others.add(node);
            }
        }
        return others;
    }

    private static @Nullable NodeAssembly running(@Nullable SimNode node) {
        NodeLife life = node == null ? null : node.life();
        return life == null ? null : life.assembly();
    }

    private static void snapshot(@Nullable SimNode node) {
        NodeAssembly assembly = running(node);
        if (assembly != null) {
            var _ = assembly.apply().submit(() -> assembly.apply().takeSnapshot((_, _) -> {}));
        }
    }

    /// So many others die that the leader needs the laggard for its majority; then it is asked for a change.
    private void changeMeanwhile(int number, SimNode laggard, RandomGenerator random) {
        SimNode leader = target.leader();
        NodeAssembly assembly = running(leader);
        SimNode fresh = assembly == null ? null : target.newMachine();
        if (leader == null || assembly == null || fresh == null) {
            return;
        }
        List<SimNode> others = others(target.configuration(), leader);
        others.remove(laggard);
        int dying = target.configuration().voters().size()
                - target.configuration().voters().size() / 2
                - 1;
        for (SimNode dies : others.subList(0, Math.min(dying, others.size()))) {
            dies.crash(SimDisk.Keep.PAGE_CACHE);
            target.later((500 + random.nextLong(3_000)) * MILLI, "start", dies::start);
        }
        fresh.start();
        var identity = fresh.setting().origin().identity();
        ConfigurationChange added = new ConfigurationChange.AddLearner(new Member(
                new NodeId(fresh.id()),
                identity.uuid(),
                fresh.setting().origin().config().self().peer().toString()));
        var _ = assembly.gateway()
                .changeMembership(
                        added,
                        leader.clock().nanoTime() + 10 * SECOND,
                        error -> target.healed(number, 0, (error == null ? "done: " : "refused: ") + added));
    }

    /// Its threads come to it late, so that the installed snapshot and the news of the next leader meet in one turn.
    private void changeLeader(SimNode laggard, RandomGenerator random) {
        long apart = (5 + random.nextLong(100)) * MILLI;
        long longer = (200 + random.nextLong(2_500)) * MILLI;
        target.ambushes().layForSnapshot(target.scheduler().nowNanos() + 3 * SECOND, laggard.id(), () -> {
            laggard.stall(NodeAssembly.Role.APPLY, 2 * apart);
            target.later(apart, "stall", () -> laggard.stall(NodeAssembly.Role.CONSENSUS, longer));
            target.later(apart, "leader dies", () -> {
                SimNode leader = target.leader();
                if (leader != null && leader != laggard) {
                    leader.crash(SimDisk.Keep.PAGE_CACHE);
                    target.later((300 + random.nextLong(3_000)) * MILLI, "start", leader::start);
                }
            });
        });
    }
}
