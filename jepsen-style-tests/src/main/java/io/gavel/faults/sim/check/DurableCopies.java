package io.gavel.faults.sim.check;

import io.gavel.raft.Entry;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import java.util.List;
import java.util.SortedMap;

/// On which disks an entry really is.
final class DurableCopies {
    private final SortedMap<Integer, NodeView> nodes;

    DurableCopies(SortedMap<Integer, NodeView> nodes) {
        this.nodes = nodes;
    }

    /// Whether a majority of each active configuration holds the entry, or once did and lost it to damage.
    boolean onMajority(Configuration configuration, Entry entry) {
        return onMajority(configuration.voters(), entry)
                && (!configuration.isJoint() || onMajority(configuration.outgoingVoters(), entry));
    }

    private boolean onMajority(List<Member> voters, Entry entry) {
        int holding = 0;
        for (Member voter : voters) {
            NodeView view = nodes.get(voter.id().value());
            boolean holds = view != null
                    && (view.durable.holds(entry.id()) || view.durable.repairUntil() >= entry.index() || view.damaged);
            if (holds) {
                holding++;
            }
        }
        return holding > voters.size() / 2;
    }

    /// Whether a majority of the voters holds the entry on undamaged disks even if this member forgets it.
    boolean onMajorityWithout(int node, Configuration configuration, Entry entry) {
        int holding = 0;
        for (Member voter : configuration.voters()) {
            NodeView view = nodes.get(voter.id().value());
            if (view != null && view.node != node && !view.damaged && view.durable.holds(entry.id())) {
                holding++;
            }
        }
        return !configuration.isJoint() && holding > configuration.voters().size() / 2;
    }
}
