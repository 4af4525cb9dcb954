package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.net.Link;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.server.disk.sim.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// A disk that goes back in time when it matters most: entries are committed with the help of this member while some
/// others miss them, then it forgets them and the leader is gone (P3).
///
/// The member was started once more after the copy was made, and all other voters remember that start: so they must
/// refuse it, whatever it forgot and however often it starts, and nobody can be elected by it (rule 21).
final class Rollbacks {
    private static final long MILLI = 1_000_000;
    private static final long KNOWN_NANOS = 1_500 * MILLI;
    private static final long START_MILLIS = 300;

    private final Target target;

    Rollbacks(Target target) {
        this.target = target;
    }

    /// False if the cluster is in no state for it.
    boolean begin(int number, SimNode node, RandomGenerator random) {
        Configuration configuration = target.configuration();
        SimNode leader = target.leader();
        if (leader == null || leader == node || !node.isRunning() || !isVoter(configuration, node)) {
            return false;
        }
        List<SimNode> missing = missing(configuration, leader, node, random);
        SimDisk copy = node.disk().copy();
        String promise = target.promise(node);
        long work = (300 + random.nextLong(2_000)) * MILLI;
        long away = (1_000 + random.nextLong(4_000)) * MILLI;
        int unheard = random.nextInt(3);
        target.damaged(node);
        target.note(
                FaultKind.ROLLBACK,
                number,
                node.id(),
                node.host() + " starts again, is needed by " + leader.host() + " for a while, and goes back");
        node.crash(SimDisk.Keep.PAGE_CACHE);
        target.later(20 * MILLI, "start", node::start);
        target.later(KNOWN_NANOS, "cut", () -> {
            List<Link> cut = new ArrayList<>();
            missing.forEach(other -> cut.addAll(target.linksOf(other, 2)));
            cut.forEach(target.network()::block);
            target.later(work, "roll back", () -> {
                boolean known = target.isStartKnown(node)
                        && promise.equals(target.promise(node))
                        && configuration.equals(target.configuration());
                if (known) {
                    node.rollBack(copy);
                    target.reached("disk rolled back under a known start");
                    SimNode gone = target.leader() == null ? leader : target.leader();
                    gone.crash(SimDisk.Keep.PAGE_CACHE);
                    target.later(away, "start", gone::start);
                    startAlone(node, unheard, () -> target.healed(number, node.id(), node.host() + " went back"));
                } else {
                    target.healed(number, node.id(), node.host() + " stays as it is");
                }
                cut.forEach(target.network()::unblock);
            });
        });
        return true;
    }

    /// Starts the member after so many starts at which it reached nobody: each is one more in its count, and there was
    /// nobody to tell it what it is.
    private void startAlone(SimNode node, int unheard, Runnable whenHeard) {
        List<Link> links = target.linksOf(node, 2);
        links.forEach(target.network()::block);
        for (int start = 0; start < unheard; start++) {
            target.later((10 + start * START_MILLIS) * MILLI, "start", node::start);
            target.later((start + 1) * START_MILLIS * MILLI, "end", () -> node.crash(SimDisk.Keep.PAGE_CACHE));
        }
        target.later((10 + unheard * START_MILLIS) * MILLI, "start", () -> {
            links.forEach(target.network()::unblock);
            node.start();
            whenHeard.run();
        });
    }

    private static boolean isVoter(Configuration configuration, SimNode node) {
        return configuration.voters().stream().anyMatch(voter -> voter.id().value() == node.id());
    }

    /// So many other voters that the leader needs the member.
    private List<SimNode> missing(Configuration configuration, SimNode leader, SimNode node, RandomGenerator random) {
        List<SimNode> others = new ArrayList<>();
        for (Member voter : configuration.voters()) {
            SimNode other = target.nodes().get(voter.id().value() - 1);
            if (other != leader && other != node) {
                others.add(other);
            }
        }
        int quorum = configuration.voters().size() / 2 + 1;
        while (others.size() > configuration.voters().size() - quorum) {
            others.remove(random.nextInt(others.size()));
        }
        return others;
    }
}
