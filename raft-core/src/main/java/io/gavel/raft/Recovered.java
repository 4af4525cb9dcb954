package io.gavel.raft;

import java.util.List;

/// What storage hands to the core at start. Everything in it is proven durable (rule 22).
///
/// @param hardState newest synced term and vote
/// @param snapshot  the newest usable snapshot, or the bootstrap configuration at [EntryId#ZERO]
/// @param termRuns  terms of all entries after `snapshot.lastIncluded()`, in index order, without gaps
/// @param lastEntry the last entry of the log, or `snapshot.lastIncluded()` when there are none after it
/// @param configurations every configuration entry after the snapshot, in index order
/// @param recentEntries the tail of the log, for the core's window; may be empty
/// @param repairUntil index below which this member's log is being repaired and must not vote; 0 = none (rule 25)
public record Recovered(
        HardState hardState,
        SnapshotMeta snapshot,
        List<TermRun> termRuns,
        EntryId lastEntry,
        List<Entry> configurations,
        List<Entry> recentEntries,
        long repairUntil) {}
