package io.gavel.raft;

import io.gavel.raft.quorum.NodeId;
import java.util.concurrent.TimeUnit;

/// Timeouts and limits of the core; validated when made, so that a running core never meets a bad one.
///
/// The defaults keep a heartbeat each 100 ms and an election timeout of 1 to 2 s: patient enough for a slow
/// network and a garbage collection. A leader whose *process* dies costs far less, because its closed connection
/// starts an early pre-vote after 10 to 50 ms (rule 15): writes go on after some 50 to 200 ms.
public record RaftConfig(NodeId self, Timing timing, Flow flow, Limits limits, Retention retention) {

    /// When things happen; all in nanoseconds.
    ///
    /// @param electionTimeoutNanos the minimum: a follower waits between one and two of these, a leader without a
    ///     quorum steps down after one, a leadership transfer fails after one, a disk that does not answer for one
    ///     is stalled (rule 16)
    /// @param heartbeatIntervalNanos longest silence of a leader; at most a quarter of the election timeout
    /// @param earlyPreVoteMinNanos least wait after the leader's connection closed (rule 15)
    /// @param earlyPreVoteMaxNanos longest such wait
    /// @param earlyPreVoteTries tries with those short waits before the normal timeout rules; 0 = never early
    public record Timing(
            long electionTimeoutNanos,
            long heartbeatIntervalNanos,
            long earlyPreVoteMinNanos,
            long earlyPreVoteMaxNanos,
            int earlyPreVoteTries) {
        public static final Timing DEFAULT = new Timing(
                TimeUnit.MILLISECONDS.toNanos(1_000),
                TimeUnit.MILLISECONDS.toNanos(100),
                TimeUnit.MILLISECONDS.toNanos(10),
                TimeUnit.MILLISECONDS.toNanos(50),
                3);

        public Timing {
            atLeast("electionTimeoutNanos", electionTimeoutNanos, 4);
            atMost("electionTimeoutNanos", electionTimeoutNanos, TimeUnit.MINUTES.toNanos(10));
            atLeast("heartbeatIntervalNanos", heartbeatIntervalNanos, 1);
            atMost("heartbeatIntervalNanos", heartbeatIntervalNanos, electionTimeoutNanos / 4);
            atLeast("earlyPreVoteMinNanos", earlyPreVoteMinNanos, 0);
            atLeast("earlyPreVoteMaxNanos", earlyPreVoteMaxNanos, earlyPreVoteMinNanos + 1);
            atMost("earlyPreVoteMaxNanos", earlyPreVoteMaxNanos, electionTimeoutNanos);
            atLeast("earlyPreVoteTries", earlyPreVoteTries, 0);
        }
    }

    /// How much travels to one peer before it has answered.
    ///
    /// @param maxAppendEntries entries in one AppendEntries
    /// @param maxAppendBytes payload bytes in one AppendEntries; a larger single entry travels alone
    /// @param maxInflightMessages AppendEntries without an answer
    /// @param maxInflightBytes payload bytes without an answer
    public record Flow(int maxAppendEntries, int maxAppendBytes, int maxInflightMessages, long maxInflightBytes) {
        public static final Flow DEFAULT = new Flow(4_096, 1 << 20, 64, 8L << 20);

        public Flow {
            atLeast("maxAppendEntries", maxAppendEntries, 1);
            atLeast("maxAppendBytes", maxAppendBytes, 1);
            atLeast("maxInflightMessages", maxInflightMessages, 1);
            atLeast("maxInflightBytes", maxInflightBytes, 1);
        }
    }

    /// What is refused, or waits, when it would grow beyond this.
    ///
    /// @param maxUncommittedEntries proposals of this leader that are not committed; then OVERLOADED. Priority
    ///     proposals and configurations may use an eighth more (rule 36)
    /// @param maxUncommittedBytes their payload bytes; an eighth more as above
    /// @param maxPendingReads reads that wait for confirmation on this member
    /// @param recentWindowBytes payload bytes of recent entries kept in memory; at least `maxUncommittedBytes` and
    ///     a quarter
    /// @param maxUnappliedEntries entries handed to apply and not yet reported as applied
    public record Limits(
            int maxUncommittedEntries,
            long maxUncommittedBytes,
            int maxPendingReads,
            long recentWindowBytes,
            int maxUnappliedEntries) {
        public static final Limits DEFAULT = new Limits(65_536, 32L << 20, 65_536, 48L << 20, 65_536);

        public Limits {
            atLeast("maxUncommittedEntries", maxUncommittedEntries, 1);
            atLeast("maxUncommittedBytes", maxUncommittedBytes, 1);
            atLeast("maxPendingReads", maxPendingReads, 1);
            atLeast("recentWindowBytes", recentWindowBytes, maxUncommittedBytes + maxUncommittedBytes / 4);
            atLeast("maxUnappliedEntries", maxUnappliedEntries, 1);
        }
    }

    /// What compaction keeps although a snapshot covers it.
    ///
    /// @param trailingEntries entries always kept, so that a slightly slow peer needs no snapshot
    /// @param transferBytes log that a leader keeps for peers that receive a snapshot or lag (rule 14)
    public record Retention(int trailingEntries, long transferBytes) {
        public static final Retention DEFAULT = new Retention(10_000, 256L << 20);

        public Retention {
            atLeast("trailingEntries", trailingEntries, 0);
            atLeast("transferBytes", transferBytes, 0);
        }
    }

    /// The defaults described above.
    public static RaftConfig defaults(NodeId self) {
        return new RaftConfig(self, Timing.DEFAULT, Flow.DEFAULT, Limits.DEFAULT, Retention.DEFAULT);
    }

    public RaftConfig withTiming(Timing other) {
        return new RaftConfig(self, other, flow, limits, retention);
    }

    public RaftConfig withFlow(Flow other) {
        return new RaftConfig(self, timing, other, limits, retention);
    }

    public RaftConfig withLimits(Limits other) {
        return new RaftConfig(self, timing, flow, other, retention);
    }

    public RaftConfig withRetention(Retention other) {
        return new RaftConfig(self, timing, flow, limits, other);
    }

    private static void atLeast(String field, long value, long limit) {
        if (value < limit) {
            throw new IllegalArgumentException(field + " must be at least " + limit + ", was " + value);
        }
    }

    private static void atMost(String field, long value, long limit) {
        if (value > limit) {
            throw new IllegalArgumentException(field + " must be at most " + limit + ", was " + value);
        }
    }
}
