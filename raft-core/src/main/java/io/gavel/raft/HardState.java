package io.gavel.raft;

import io.gavel.raft.quorum.NodeId;
import org.jspecify.annotations.Nullable;

/// What a member must never forget: its term, and whom it voted for in that term (Raft paper §5.2).
public record HardState(long currentTerm, @Nullable NodeId votedFor) {
    public static final HardState INITIAL = new HardState(0, null);
}
