package io.gavel.server.api;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.NodeId;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the API needs of consensus: propose, read points, renewals and membership, on any member.
///
/// No method blocks and any thread may call. `false` means that the mailbox is full: nothing was done, the callback
/// will
/// not be called, and the caller answers `OVERLOADED`, `NOT_APPLIED`. After `true` the callback is called exactly once,
/// at the latest when `deadlineNanos` (an absolute reading of the node's `NanoClock`) has passed. Callbacks come from
/// an
/// agent's thread and must not block; an agent that called some ends its turn with [TurnEnd#onTurnEnd], so that their
/// answers leave together.
public interface ConsensusPort {
    /// Proposes an envelope (rule 29). An error in the result carries its outcome: `NOT_APPLIED` only when this attempt
    /// can never take effect.
    boolean propose(byte[] envelope, long deadlineNanos, Consumer<CommandResult> done);

    /// Confirms a linearizable read point; done once the published `lastApplied` has reached it, or with an error.
    boolean readIndex(long deadlineNanos, ReadDone done);

    /// Renews a session; done after the clock entry that carries the renewal is applied, with null, or with
    /// `SESSION_EXPIRED`, `INVALID_ARGUMENT` (wrong proof), `UNAVAILABLE` or `DEADLINE`.
    boolean renew(long sessionId, long proof, long deadlineNanos, Consumer<@Nullable Error> done);

    /// Changes the membership; done when the final configuration is committed, or with the reason for a refusal.
    boolean changeMembership(ConfigurationChange change, long deadlineNanos, Consumer<@Nullable Error> done);

    /// Hands leadership to `to`, or to the best candidate when it is null; done when another member leads.
    boolean transferLeadership(@Nullable NodeId to, long deadlineNanos, Consumer<@Nullable Error> done);

    /// The leader as [#view] tells it; cheap enough for every turn of an agent.
    ClusterView.KnownLeader leader();

    /// The newest published view of the cluster; immutable.
    ClusterView view();
}
