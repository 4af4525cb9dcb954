package io.gavel.server.consensus;

/// Whether commands are decided in time; admission closes when they are not (rule 36). Confined to the consensus
/// agent.
///
/// It follows one entry at a time from append to apply: as long as that one takes, so does the backlog.
final class BacklogGauge {
    private final long limitNanos;
    private long followedIndex;
    private long followedSinceNanos;

    BacklogGauge(long limitNanos) {
        this.limitNanos = limitNanos;
    }

    void onAppended(long index, long nowNanos) {
        if (followedIndex == 0) {
            followedIndex = index;
            followedSinceNanos = nowNanos;
        }
    }

    void onApplied(long index) {
        if (index >= followedIndex) {
            followedIndex = 0;
        }
    }

    void reset() {
        followedIndex = 0;
    }

    boolean isOverloaded(long nowNanos) {
        return followedIndex > 0 && nowNanos - followedSinceNanos > limitNanos;
    }
}
