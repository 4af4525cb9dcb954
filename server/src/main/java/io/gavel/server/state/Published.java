package io.gavel.server.state;

import io.gavel.raft.EntryId;

/// What has been applied, as one consistent fact; any thread may read it.
///
/// @param lastApplied the entry whose effects are all visible
/// @param revision the store's revision after it; a read is made at this one or an older one
/// @param replicatedTimeNanos T after it
/// @param compactedRevision the oldest revision still readable; 0 = all
/// @param featureLevel the level in force, for the next envelope
/// @param anythingCanExpire whether the leader must keep replicated time going
/// @param moreToExpire whether the last entry reached its removal limit, so that the next one is due at once
/// @param compactTo the revision that history should be compacted to by an entry now; 0 = nothing to do
public record Published(
        EntryId lastApplied,
        long revision,
        long replicatedTimeNanos,
        long compactedRevision,
        int featureLevel,
        boolean anythingCanExpire,
        boolean moreToExpire,
        long compactTo) {
    static final Published EMPTY = new Published(EntryId.ZERO, 0, 0, 0, 1, false, false, 0);
}
