package io.gavel.server.storage;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import java.util.List;

/// What the journal agent reports. Implementations put it into a mailbox; they neither block nor throw.
public interface JournalEvents {
    /// The write with this id is durable. On the journal's thread, in the order of the writes.
    void onPersisted(long writeId);

    /// What is said of this peer is durable. On the journal's thread.
    void onPeerRecorded(PeerBoot peer);

    /// A part of the range asked for: entries right after `previous`. Parts of one request come in order, on the
    /// thread that runs bulk reads.
    void onLogRange(Effect.SendLogRange request, EntryId previous, List<Entry> entries);

    /// The range was compacted; entries from `firstIndex` on are still there. On the thread of bulk reads.
    void onRangeGone(Effect.SendLogRange request, long firstIndex);
}
