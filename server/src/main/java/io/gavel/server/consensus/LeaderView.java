package io.gavel.server.consensus;

import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.api.ClusterView;
import org.jspecify.annotations.Nullable;

/// What the consensus agent publishes of itself; immutable.
record LeaderView(
        RoleName role,
        long term,
        @Nullable NodeId leader,
        Configuration configuration,
        long commitIndex,
        ClusterView.Condition condition) {
    boolean isLeader() {
        return role == RoleName.LEADER;
    }
}
