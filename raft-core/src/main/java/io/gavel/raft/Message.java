package io.gavel.raft;

import java.util.List;

/// Everything members say to each other about consensus. Identity (cluster, uuid, boot nonce) is checked
/// by the transport before a message reaches the core (rule 19).
public sealed interface Message {
    /// The sender's term; for [PreVote] the term it *would* campaign in.
    long term();

    /// Asks whether a vote in `term` would be granted; changes nobody's term (thesis §9.6).
    record PreVote(long term, EntryId lastEntry) implements Message {}

    /// The answer to a PreVote; vouches for nothing durable.
    record PreVoteReply(long term, boolean granted) implements Message {}

    /// Asks for a vote in `term`. `transfer`: the leader asked for this election, so a live leader is no reason to
    /// refuse.
    record RequestVote(long term, EntryId lastEntry, boolean transfer) implements Message {}

    /// The answer to a RequestVote; a granted vote is durable before it leaves.
    record VoteReply(long term, boolean granted) implements Message {}

    /// Entries after `previous`; empty = heartbeat. `readRound` is to be echoed at once when not 0.
    record AppendEntries(long term, EntryId previous, List<Entry> entries, long commitIndex, long readRound)
            implements Message {}

    /// Says that the leader lives and asks for an echo of `readRound`, beside appends that are on the way: it
    /// may overtake them, since it speaks of no entry (rule 36).
    record Heartbeat(long term, long readRound) implements Message {}

    /// On success `entry` is the last entry that is durable on the sender and matches; on refusal it is a hint:
    /// the sender's last entry that may match.
    record AppendEntriesReply(long term, boolean success, EntryId entry, long rejectedPreviousIndex)
            implements Message {}

    /// The echo of a read round: the sender acknowledged `term`'s leader when it got that round. Vouches for nothing
    /// durable, so it leaves at once.
    record ReadRoundEcho(long term, long readRound) implements Message {}

    /// The file of this snapshot has arrived whole and verified at the receiver (chunks travel outside of the core).
    record InstallSnapshot(long term, SnapshotMeta meta) implements Message {}

    /// Whether the receiver's log now starts from that snapshot, durably.
    record InstallSnapshotReply(long term, boolean success, EntryId lastIncluded) implements Message {}

    /// The leader asks the receiver to campaign at once (thesis §3.10).
    record TimeoutNow(long term) implements Message {}

    /// A follower asks the leader for a linearizable read point.
    record ReadIndexRequest(long term, long readId) implements Message {}

    /// `readIndex` is negative when the receiver could not confirm leadership.
    record ReadIndexReply(long term, long readId, long readIndex) implements Message {}
}
