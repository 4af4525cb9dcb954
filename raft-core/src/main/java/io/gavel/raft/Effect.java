package io.gavel.raft;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything the core can ask for. Each lane is first-in first-out; between lanes any order and delay is safe.
public sealed interface Effect {
    /// The lane of the journal.
    sealed interface ForJournal extends Effect {}

    /// Makes this durable, in this order: hard state, truncation, entries; then step `Persisted(writeId)`. A crash may
    /// leave any prefix of it: the term first, so that no log is ever ahead of its term.
    /// An entry at index i supersedes all at i and above. `truncateFrom` 0 = none.
    record Persist(long writeId, HardState hardState, long truncateFrom, List<Entry> entries) implements ForJournal {}

    /// The log now begins after `meta.lastIncluded()`; everything else is discarded (rule 14).
    record ResetLog(long writeId, HardState hardState, SnapshotMeta meta) implements ForJournal {}

    /// Repair is complete up to the journal's mark; forget the mark durably (rule 25).
    record MarkRepaired(long writeId) implements ForJournal {}

    /// Makes durable that this member may lack entries up to `until` that it once acknowledged (rule 21).
    record MarkRepairing(long writeId, long until) implements ForJournal {}

    /// Reads the entries after `previous` up to `last` and sends them as one or more AppendEntries of `term`;
    /// dropped when the journal's terms differ, answered by RangeGone when compacted (rule 13).
    record SendLogRange(NodeId to, long term, EntryId previous, EntryId last, long commitIndex) implements ForJournal {}

    /// Entries up to `through` are in a durable snapshot and no longer needed for any peer.
    record CompactPrefix(EntryId through) implements ForJournal {}

    /// The lane of one peer.
    sealed interface ForPeer extends Effect {
        NodeId to();
    }

    /// Puts the message on the peer's lane at once; it may be lost.
    record Send(NodeId to, Message message) implements ForPeer {}

    /// Streams the newest snapshot to the peer, then InstallSnapshot of `term`; ends with SnapshotSent.
    record SendSnapshot(NodeId to, long term) implements ForPeer {}

    /// The lane of the state machine.
    sealed interface ForApply extends Effect {}

    /// Entries that are committed and durable here, in index order without gaps.
    record Apply(List<Entry> entries) implements ForApply {}

    /// As Apply, for entries that left the core's window: the driver reads them from the journal.
    record ApplyLogRange(EntryId first, EntryId last) implements ForApply {}

    /// Replaces the state by this snapshot, which is already on the disk; then step SnapshotInstalled.
    record InstallSnapshot(SnapshotMeta meta) implements ForApply {}

    /// Notices for the driver.
    sealed interface Notice extends Effect {}

    /// The read may be served from any state with `lastApplied >= readIndex`.
    record ReadReady(long readId, long readIndex) implements Notice {}

    /// The proposal stands in this leader's log at `id`; it is not committed yet.
    record ProposalAppended(long proposalId, EntryId id) implements Notice {}

    /// The request with this correlation number (proposal, change, read or transfer) never reached the log.
    record Rejected(
            long correlationId,
            RejectReason reason,
            @Nullable NodeId leader) implements Notice {}

    /// This member's role, term or known leader is a new one.
    record RoleChanged(
            RaftStatus.RoleName role, long term, @Nullable NodeId leader) implements Notice {}

    /// The configuration at `index` of the log is committed and cannot be undone.
    record ConfigurationCommitted(long index, Configuration configuration) implements Notice {}
}
