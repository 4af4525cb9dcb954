package io.gavel.server.api;

import io.gavel.raft.Event;
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
/// @param condition what keeps this member, or the cluster as its leader sees it, from serving everything
public record ClusterView(
        RoleName role,
        long term,
        @Nullable NodeId leader,
        String leaderEndpoint,
        long commitIndex,
        long lastApplied,
        Configuration configuration,
        List<MemberView> members,
        Condition condition) {

    /// What is wrong; only a leader knows the first two, on other members they are as if all was well.
    ///
    /// @param growthRefused commands that make the state grow are refused until disk space is free again
    ///     (rule 26)
    /// @param writesStopped why nothing is written: members hold different states (rule 31); null = it is
    /// @param repairUntil this member may lack entries up to this index that it once acknowledged, and does
    ///     not vote until it has them back (rules 21, 25); 0 = it lacks none; [Event.LossFound#NO_REPAIR] = it runs
    ///     on an old copy of its disk and never votes again
    public record Condition(boolean growthRefused, @Nullable String writesStopped, long repairUntil) {
        public static final Condition GOOD = new Condition(false, null, 0);

        /// Why this member does not vote, and what to do about it; null = it may vote.
        public @Nullable String repair() {
            if (repairUntil == 0) {
                return null;
            }
            return repairUntil == Event.LossFound.NO_REPAIR
                    ? "this disk went back to an older state and has forgotten votes; replace this member:"
                            + " gavel member replace OLD LEARNER"
                    : "entries up to " + repairUntil + " are being fetched again";
        }
    }

    /// One member of the configuration.
    ///
    /// @param clientEndpoint as the member announced it through the log; empty before that
    /// @param reachable this member's transport has a live connection to it
    public record MemberView(
            NodeId id, MemberUuid uuid, String clientEndpoint, String peerEndpoint, boolean voter, boolean reachable) {}

    /// Who leads, as this member knows it.
    ///
    /// @param id null while none is known
    /// @param endpoint where clients reach it; empty while unknown
    public record KnownLeader(@Nullable NodeId id, String endpoint) {}

    /// Whether this member is a learner.
    public boolean isLearner(NodeId self) {
        return configuration.learners().stream().anyMatch(member -> member.id().equals(self));
    }
}
