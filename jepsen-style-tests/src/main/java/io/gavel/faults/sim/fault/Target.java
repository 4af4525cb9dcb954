package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.check.Goal;
import io.gavel.faults.sim.client.SimClient;
import io.gavel.faults.sim.net.Link;
import io.gavel.faults.sim.net.SimNetwork;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.faults.sim.time.SimProcess;
import io.gavel.raft.quorum.Configuration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The cluster as those see it who do things to it.
public interface Target {
    Scheduler scheduler();

    SimNetwork network();

    /// The operators' own process: whatever undoes a fault runs on it.
    SimProcess outside();

    /// The operators' process does this so many nanoseconds from now.
    default void later(long nanos, String label, Runnable task) {
        scheduler().in(nanos, outside(), label, task);
    }

    /// All machines that ever were, by id.
    List<SimNode> nodes();

    List<SimClient> clients();

    /// What passes between the member and all others. Direction 0 = from it, 1 = to it, 2 = both.
    default List<Link> linksOf(SimNode node, int direction) {
        List<Link> links = new ArrayList<>();
        for (SimNode other : nodes()) {
            if (other != node) {
                if (direction != 1) {
                    links.add(network().link(node.host(), other.host()));
                }
                if (direction != 0) {
                    links.add(network().link(other.host(), node.host()));
                }
            }
        }
        return links;
    }

    /// The member that leads in the highest term; null = none is known to.
    @Nullable
    SimNode leader();

    /// The newest configuration that some running member acts by.
    Configuration configuration();

    /// A machine for a new member, not started; null = there is no other.
    @Nullable
    SimNode newMachine();

    /// The content of the node's disk was damaged at rest.
    void damaged(SimNode node);

    /// What the node has promised durably: its term and vote.
    String promise(SimNode node);

    /// Faults that wait for their moment.
    Ambushes ambushes();

    /// Whether all other voters remember the member's present start and refuse an older one; false if it does not run.
    boolean isStartKnown(SimNode node);

    /// Whether everything committed is durable on a majority even if this node forgets all of it.
    boolean isSafeWithout(SimNode node);

    /// Nodes that were damaged and whose content therefore does not count as safe.
    int damagedCount();

    boolean isDamaged(SimNode node);

    /// A fault begins.
    void note(FaultKind kind, int number, int node, String text);

    /// A fault ends.
    void healed(int number, int node, String text);

    /// Something came up that is worth a number.
    void reached(String situation);

    /// A situation that batches of runs must have seen came up.
    void reached(Goal goal);

    /// The highest term that any member ever was in.
    long highestTerm();

    /// The highest index that is known to be committed.
    long committedIndex();

    /// Whether the member's log ends before the leader's.
    boolean isLagging(SimNode node);

    /// What the links of a member may be slower by, at most.
    long slowestNanos();

    /// Whether the time of faults is over: nothing is started any more.
    boolean isOver();
}
