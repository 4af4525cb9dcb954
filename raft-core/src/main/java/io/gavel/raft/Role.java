package io.gavel.raft;

import io.gavel.raft.quorum.NodeId;
import org.jspecify.annotations.Nullable;

/// What a member does in its current part (Raft paper figure 4). A role object lives as long as its role does;
/// only [RaftCore] makes one.
sealed interface Role permits Follower, Candidate, Leader {
    RaftStatus.RoleName name();

    /// The leader of the current term as far as this member knows.
    @Nullable
    NodeId leader();

    /// A message of the current term; votes and pre-votes are answered by the core for all roles.
    void onMessage(NodeId from, Message message);

    /// Asks for a linearizable read point.
    void onReadIndex(long readId);

    /// A write was confirmed.
    void onPersisted();

    /// The clock moved on.
    void onTick();

    /// The process stood still for long: nothing that seems overdue is (rule 17).
    void onClockJump();

    /// The peer's process is gone or new: `restarted` = it came back without the memory it had (rules 15 and 19).
    void onPeerLost(NodeId peer, boolean restarted);

    /// Emits what this turn made necessary.
    void onFlush();

    /// The role ends: whoever waits for it is answered.
    void onLeave();

    /// When [#onTick] has something to do, on the core's own clock.
    long deadlineNanos();
}
