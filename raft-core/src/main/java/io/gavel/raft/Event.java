package io.gavel.raft;

import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.NodeId;

/// Everything that can happen to the core. The driver drains its mailbox, steps each event, then flushes once.
public sealed interface Event {
    /// The one clock reading of this turn; monotonic nanoseconds. Stepped after the turn's other events (rule 17).
    record Tick(long nowNanos) implements Event {}

    /// A message of a peer, already checked for identity by the transport.
    record Received(NodeId from, Message message) implements Event {}

    /// `proposalId` is the driver's correlation number; answered by ProposalAppended or Rejected.
    /// `priority` may use the capacity reserved for what keeps the cluster alive, clock entries above all
    /// (rule 36).
    record Propose(long proposalId, Payload payload, boolean priority) implements Event {
        public Propose(long proposalId, Payload payload) {
            this(proposalId, payload, false);
        }
    }

    /// Asks for a membership step; answered by ProposalAppended or Rejected.
    record ChangeConfiguration(long proposalId, ConfigurationChange change) implements Event {}

    /// Asks for a linearizable read point; answered by ReadReady or Rejected.
    record ReadIndex(long readId) implements Event {}

    /// Hands leadership to `target`; answered by Rejected when it failed, by RoleChanged when it worked.
    record TransferLeadership(long proposalId, NodeId target) implements Event {}

    /// What the effect with this `writeId` made durable is durable now.
    record Persisted(long writeId) implements Event {}

    /// Every entry up to `index` took effect in the state machine.
    record Applied(long index) implements Event {}

    /// A snapshot of our own is durable; the log before it may be compacted.
    record SnapshotTaken(SnapshotMeta meta) implements Event {}

    /// A snapshot from the leader was loaded into the state machine and is durable.
    record SnapshotInstalled(SnapshotMeta meta) implements Event {}

    /// The transfer asked for by SendSnapshot ended; `success` = the receiver has the whole file.
    record SnapshotSent(NodeId to, EntryId lastIncluded, boolean success) implements Event {}

    /// The journal could not serve a SendLogRange because the range is compacted.
    record RangeGone(NodeId to, long firstIndex) implements Event {}

    /// The transport could not deliver to the peer: messages in flight may be lost.
    record PeerUnreachable(NodeId peer) implements Event {}

    /// The peer's connection closed and one reconnect was refused or reset: its process is probably gone (rule 15).
    record PeerDisconnected(NodeId peer) implements Event {}

    /// A peer remembers that this member acknowledged all entries up to `acknowledgedIndex`, but at its start
    /// this member's log ended before them: its disk lost them (rule 21). [#NO_REPAIR] = its disk went back
    /// in time.
    record LossFound(long acknowledgedIndex) implements Event {
        /// An index that no log reaches: what the disk forgot, votes included, nobody can give back.
        public static final long NO_REPAIR = Long.MAX_VALUE;
    }

    /// The peer said hello with a new boot nonce; what it acknowledged before may be gone (rule 19).
    record PeerRestarted(NodeId peer) implements Event {}
}
