package io.gavel.server.node;

import io.gavel.raft.RaftConfig;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.storage.JournalOptions;
import io.gavel.server.watch.WatchLimits;

/// Sizes and times inside a node. The operator decides some; the simulator tries them all.
public record NodeTuning(RaftConfig raft, JournalOptions journal, WatchLimits watches) {
    /// What a configuration asks for, with the defaults for the rest.
    public static NodeTuning of(ServerConfig config) {
        return new NodeTuning(raft(config), journal(config), watches(config));
    }

    private static RaftConfig raft(ServerConfig config) {
        RaftConfig defaults = RaftConfig.defaults(config.id());
        RaftConfig.Timing timing = defaults.timing();
        return defaults.withTiming(new RaftConfig.Timing(
                        config.timings().electionTimeoutNanos(),
                        config.timings().heartbeatIntervalNanos(),
                        timing.earlyPreVoteMinNanos(),
                        timing.earlyPreVoteMaxNanos(),
                        timing.earlyPreVoteTries()))
                .withRetention(retention(config, defaults.retention()));
    }

    /// Room for what is written while a snapshot travels and is loaded: the next one may be taken meanwhile. The
    /// threshold counts commands, the retention whole entries, of which small ones are twice as large.
    private static RaftConfig.Retention retention(ServerConfig config, RaftConfig.Retention defaults) {
        return new RaftConfig.Retention(
                defaults.trailingEntries(), 2 * config.storage().snapshotThresholdBytes());
    }

    private static JournalOptions journal(ServerConfig config) {
        JournalOptions defaults = JournalOptions.DEFAULT;
        return new JournalOptions(
                Math.toIntExact(config.storage().segmentBytes()),
                defaults.maxBatchBytes(),
                defaults.maxBatchWrites(),
                defaults.recentEntryBytes(),
                defaults.sealAfterNanos(),
                defaults.retryFullDiskNanos());
    }

    private static WatchLimits watches(ServerConfig config) {
        WatchLimits defaults = WatchLimits.DEFAULT;
        return new WatchLimits(
                config.limits().streams(),
                defaults.ringBytes(),
                defaults.ringRevisions(),
                config.limits().watchBytes(),
                defaults.messageBytes(),
                defaults.maxRevisionBytes(),
                defaults.maxCatchUpEvents(),
                defaults.maxHistoryReaders(),
                defaults.maxPinNanos(),
                defaults.progressIntervalNanos());
    }
}
