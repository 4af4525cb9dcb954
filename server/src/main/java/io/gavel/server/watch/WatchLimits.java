package io.gavel.server.watch;

/// What watches may take of one member.
///
/// @param maxWatchers subscriptions at a time
/// @param ringBytes recent events kept for all watchers together
/// @param ringRevisions how many revisions with events are kept at most; rounded up to a power of two
/// @param watcherBytes matching events that may wait for one watcher before it is given a snapshot instead
/// @param messageBytes a message is sent once it has grown to this size
/// @param maxRevisionBytes a revision's matching events beyond this size become a snapshot
/// @param maxCatchUpEvents events that one watcher may be sent out of the history
/// @param maxHistoryReaders watchers that are sent events out of the history at a time; further ones get a snapshot
/// @param maxPinNanos how long a watcher may take to receive those, or a snapshot
/// @param progressIntervalNanos how often a watcher is told how far it has come
public record WatchLimits(
        int maxWatchers,
        long ringBytes,
        int ringRevisions,
        long watcherBytes,
        int messageBytes,
        int maxRevisionBytes,
        int maxCatchUpEvents,
        int maxHistoryReaders,
        long maxPinNanos,
        long progressIntervalNanos) {
    public static final WatchLimits DEFAULT = new WatchLimits(
            10_000, 32L << 20, 1 << 16, 4L << 20, 64 << 10, 3 << 20, 100_000, 8, 120_000_000_000L, 10_000_000_000L);
}
