package io.gavel.server.api;

import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How this member sees the cluster; immutable, published by the consensus agent.
///
/// @param leader the leader of `term`, or null while none is known
/// @param leaderEndpoint where clients reach that leader; empty while unknown
/// @param members every member of `configuration`, this one included, by ascending id
/// @param storageFull growth is refused until space is free again (rule 26)
public record ClusterView(
        RoleName role,
        long term,
        @Nullable NodeId leader,
        String leaderEndpoint,
        long commitIndex,
        long lastApplied,
        Configuration configuration,
        List<MemberView> members,
        boolean storageFull) {

    /// One member of the configuration.
    ///
    /// @param clientEndpoint as the member announced it through the log; empty before that
    /// @param reachable this member's transport has a live connection to it
    public record MemberView(
            NodeId id, MemberUuid uuid, String clientEndpoint, String peerEndpoint, boolean voter, boolean reachable) {}

    /// Whether this member is a learner.
    public boolean isLearner(NodeId self) {
        return configuration.learners().stream().anyMatch(member -> member.id().equals(self));
    }
}
