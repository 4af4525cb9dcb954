package io.gavel.server.transport;

import io.gavel.protocol.v1.Error;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.Message;
import io.gavel.raft.Payload;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.state.Checkpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything members say to each other: consensus, and what a member does for its clients through the leader.
public sealed interface PeerMessage {
    /// Fixed cost of one message in a queue, on top of its payload.
    int OVERHEAD_BYTES = 64;

    /// A message of the core.
    record Consensus(Message message) implements PeerMessage {}

    /// A client's command for the leader; sent once (rule 8). `remainingNanos` is what is left of its deadline.
    record ForwardedProposal(long requestId, long remainingNanos, Payload envelope) implements PeerMessage {}

    /// The leader's answer: where the command stands in its log, or why it was refused before the log.
    record ForwardedProposalReply(
            long requestId,
            @Nullable EntryId entry,
            @Nullable Error error) implements PeerMessage {}

    /// Renewals of sessions whose clients talk to the sender, for the leader's next clock entry.
    record ForwardedRenewals(List<SessionRenewal> renewals) implements PeerMessage {}

    /// An operator's step for the leader.
    record ForwardedControl(long requestId, long remainingNanos, ControlRequest request) implements PeerMessage {}

    /// The end of an operator's step; no error = done.
    record ForwardedControlReply(long requestId, @Nullable Error error) implements PeerMessage {}

    /// The sender's digest at a checkpoint (rule 31).
    record DigestReport(Checkpoint checkpoint) implements PeerMessage {}

    /// Whether the sender's disk has less free space than its reserve (rule 26).
    record SpaceReport(boolean isShort) implements PeerMessage {}

    /// One renewal; `renewalId` is its origin member's correlation number.
    record SessionRenewal(long sessionId, long proof, long renewalId) {}

    /// What an operator may ask of the leader.
    sealed interface ControlRequest {
        /// One step of membership, safe or refused with the reason.
        record ChangeMembership(ConfigurationChange change) implements ControlRequest {}

        /// `to` null = the best candidate.
        record TransferLeadership(@Nullable NodeId to) implements ControlRequest {}
    }

    /// The connection a message travels on (rule 36).
    enum Lane {
        ORDINARY,
        URGENT
    }

    /// Urgent messages are small and keep the cluster alive; they overtake ordinary ones. Appends stay
    /// ordinary even when they are empty: an append that overtakes the entries before it would be refused by
    /// its receiver. While entries are on the way the core sends a heartbeat that names none beside them.
    default Lane lane() {
        return switch (this) {
            case Consensus consensus -> laneOf(consensus.message());
            case ForwardedRenewals _, ForwardedControl _, ForwardedControlReply _, DigestReport _, SpaceReport _ ->
                Lane.URGENT;
            case ForwardedProposal _, ForwardedProposalReply _ -> Lane.ORDINARY;
        };
    }

    /// Whether the message, small and in no order with any other, may go with urgent ones that are about to leave:
    /// so an idle member answers a heartbeat with one message.
    default boolean mayRideAlong() {
        return this instanceof Consensus consensus && consensus.message() instanceof Message.AppendEntriesReply;
    }

    /// What the message weighs in a bounded queue; the same whenever it is asked.
    default long weight() {
        return switch (this) {
            case Consensus consensus -> OVERHEAD_BYTES + weightOf(consensus.message());
            case ForwardedProposal forwarded ->
                OVERHEAD_BYTES + forwarded.envelope().length();
            case ForwardedRenewals forwarded ->
                OVERHEAD_BYTES + 32L * forwarded.renewals().size();
            case ForwardedProposalReply _, ForwardedControl _, ForwardedControlReply _, DigestReport _, SpaceReport _ ->
                OVERHEAD_BYTES;
        };
    }

    private static Lane laneOf(Message message) {
        return switch (message) {
            case Message.PreVote _,
                    Message.PreVoteReply _,
                    Message.RequestVote _,
                    Message.VoteReply _,
                    Message.Heartbeat _,
                    Message.ReadRoundEcho _,
                    Message.TimeoutNow _,
                    Message.ReadIndexRequest _,
                    Message.ReadIndexReply _ -> Lane.URGENT;
            case Message.AppendEntries _,
                    Message.AppendEntriesReply _,
                    Message.InstallSnapshot _,
                    Message.InstallSnapshotReply _ -> Lane.ORDINARY;
        };
    }

    private static long weightOf(Message message) {
        if (message instanceof Message.AppendEntries append) {
            long bytes = 0;
            for (Entry entry : append.entries()) {
                bytes += 16L + entry.payload().length();
            }
            return bytes;
        }
        return 0;
    }
}
