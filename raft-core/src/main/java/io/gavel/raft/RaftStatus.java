package io.gavel.raft;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An immutable report for operators and tests.
public record RaftStatus(
        NodeId self,
        RoleName role,
        HardState hardState,
        @Nullable NodeId leader,
        EntryId lastEntry,
        long persistedIndex,
        long commitIndex,
        long lastApplied,
        Configuration configuration,
        List<PeerStatus> peers,
        EntryId snapshot,
        long repairUntil) {

    /// The roles as operators see them.
    public enum RoleName {
        FOLLOWER,
        PRE_CANDIDATE,
        CANDIDATE,
        LEADER
    }

    /// What a leader knows of one peer; empty on other roles.
    public record PeerStatus(NodeId peer, String state, long matchIndex, long nextIndex, boolean active) {}
}
