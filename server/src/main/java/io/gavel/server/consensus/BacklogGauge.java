package io.gavel.server.consensus;

/// How many commands may be undecided at a time; admission refuses more (rule 36). Confined to the consensus agent.
///
/// It follows one entry at a time from append to apply: as long as that one takes, so does the backlog. But what an
/// entry takes that has next to nothing before it is no backlog: that is the way to the other members and their disks,
/// and to refuse commands would not shorten it. So an entry is late when it takes longer than the limit and what the
/// way took last. Then there is room for as many as were decided meanwhile, which is what can be decided in time, and
/// for a quarter more after each entry that is not late (additive increase, multiplicative decrease, as TCP does).
/// There always is room for a few: however slow the way is, something is served.
final class BacklogGauge {
    /// So few undecided entries are no backlog.
    static final int FEW = 4;

    private static final long UNLIMITED = 1L << 40;

    private final long limitNanos;
    private long appendedIndex;
    private long appliedIndex;
    private long followedIndex;
    private long followedSinceNanos;
    private long appliedBefore;
    private long wayNanos;
    private long room = UNLIMITED;

    /// @param limitNanos how long an entry may take beyond its way, and the most that a long way adds to that
    BacklogGauge(long limitNanos) {
        this.limitNanos = limitNanos;
    }

    void onAppended(long index, long nowNanos) {
        appendedIndex = index;
        if (followedIndex == 0) {
            followedIndex = index;
            followedSinceNanos = nowNanos;
            appliedBefore = appliedIndex;
        }
    }

    /// A turn begins; everything through `applied` is applied.
    void onTurnStart(long applied, long nowNanos) {
        appliedIndex = applied;
        if (followedIndex == 0) {
            return;
        }
        long tookNanos = nowNanos - followedSinceNanos;
        boolean late = tookNanos > limitNanos + wayNanos;
        if (applied >= followedIndex) {
            onDecided(tookNanos, late);
        } else if (late) {
            room = Math.min(room, Math.max(FEW, applied - appliedBefore));
        }
    }

    private void onDecided(long tookNanos, boolean late) {
        if (followedIndex - appliedBefore <= FEW) {
            wayNanos = Math.min(tookNanos, limitNanos);
        }
        if (!late && room < UNLIMITED) {
            room += Math.max(1, room / 4);
        }
        followedIndex = 0;
    }

    /// Another leader, or another term of this one.
    void reset() {
        followedIndex = 0;
        appendedIndex = 0;
        wayNanos = 0;
        room = UNLIMITED;
    }

    boolean isOverloaded() {
        return appendedIndex - appliedIndex >= room;
    }
}
