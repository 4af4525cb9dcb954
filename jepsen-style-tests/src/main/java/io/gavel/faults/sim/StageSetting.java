package io.gavel.faults.sim;

/// The sizes of a world that is told what to do.
///
/// @param seed of everything that is still drawn: latencies, wake-ups, election timeouts
/// @param nodes how many members the cluster starts with
/// @param electionMillis the shortest election timeout
/// @param clockMillis how often a leader writes how much time has passed
/// @param ttlMillis of the clients' sessions
/// @param segmentBytes size of a journal segment
/// @param snapshotBytes how much log makes a snapshot due
/// @param keptEntries how many entries stay in the log behind a snapshot
/// @param tinyWatches whether watches buffer next to nothing, so that a slow one soon reads history or snapshots
/// @param keepEvents whether [RunResult#events()] is filled, for a timeline
public record StageSetting(
        long seed,
        int nodes,
        long electionMillis,
        long clockMillis,
        long ttlMillis,
        int segmentBytes,
        long snapshotBytes,
        int keptEntries,
        boolean tinyWatches,
        boolean keepEvents) {
    /// Three members, patient sessions, snapshots only when they are asked for.
    public static final StageSetting DEFAULT =
            new StageSetting(1, 3, 500, 250, 10_000, 80 << 10, 1L << 40, 10_000, false, false);

    public StageSetting withSeed(long drawn) {
        return with(drawn, nodes, ttlMillis, keepEvents);
    }

    public StageSetting withNodes(int count) {
        return with(seed, count, ttlMillis, keepEvents);
    }

    public StageSetting withTtlMillis(long millis) {
        return with(seed, nodes, millis, keepEvents);
    }

    public StageSetting withEvents() {
        return with(seed, nodes, ttlMillis, true);
    }

    private StageSetting with(long drawn, int count, long ttl, boolean events) {
        return new StageSetting(
                drawn,
                count,
                electionMillis,
                clockMillis,
                ttl,
                segmentBytes,
                snapshotBytes,
                keptEntries,
                tinyWatches,
                events);
    }

    /// Snapshots are due after so many bytes of log, and so many entries stay behind them.
    public StageSetting withSnapshots(long bytes, int kept) {
        return new StageSetting(
                seed,
                nodes,
                electionMillis,
                clockMillis,
                ttlMillis,
                segmentBytes,
                bytes,
                kept,
                tinyWatches,
                keepEvents);
    }

    public StageSetting withTinyWatches() {
        return new StageSetting(
                seed,
                nodes,
                electionMillis,
                clockMillis,
                ttlMillis,
                segmentBytes,
                snapshotBytes,
                keptEntries,
                true,
                keepEvents);
    }
}
