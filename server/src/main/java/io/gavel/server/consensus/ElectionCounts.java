package io.gavel.server.consensus;

import io.gavel.raft.Effect;
import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.raft.quorum.NodeId;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Counts what a member sees of elections since its start. Written by the consensus agent, read by any
/// thread.
public final class ElectionCounts {
    private @Nullable NodeId lastLeader;
    private long lastTerm;
    private final LongAdder leaders = new LongAdder();
    private final LongAdder candidacies = new LongAdder();

    void onRoleChanged(Effect.RoleChanged changed) {
        NodeId leader = changed.leader();
        if (leader != null && !(leader.equals(lastLeader) && changed.term() == lastTerm)) {
            lastLeader = leader;
            lastTerm = changed.term();
            leaders.increment();
        }
        if (changed.role() == RoleName.CANDIDATE) {
            candidacies.increment();
        }
    }

    /// Leaders that came to be known.
    public long leaders() {
        return leaders.sum();
    }

    /// Elections that this member stood in.
    public long candidacies() {
        return candidacies.sum();
    }
}
