package io.gavel.server.leader;

import io.gavel.server.entry.v1.ClockEntry;
import io.gavel.server.entry.v1.Renewal;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Makes the clock entries of a leader (rule 1). Confined to the consensus agent; a follower's does nothing.
///
/// An entry says how far this leader's monotonic clock went since the entry before it, counted from the
/// election at the earliest. Apply clamps that; what the clamp cuts off is lost for good, because the base
/// moves on all the same. An entry carries the renewals that were there before the clock reading it is made
/// with: the caller asks for it at the start of a turn, and renewals of that turn come after.
final class ReplicatedClock {
    private static final int MAX_RENEWALS = 4_096;
    /// Renewals that wait for their entry; beyond it they are refused.
    private static final int MAX_WAITING = 65_536;

    private final long intervalNanos;
    private final ArrayDeque<Renewal> waiting = new ArrayDeque<>();
    private boolean leading;
    private long baseNanos;
    private long dueNanos;

    ReplicatedClock(long intervalNanos) {
        this.intervalNanos = intervalNanos;
    }

    /// Starts to count from here, whatever an earlier leadership of this member left behind.
    void onElected(long nowNanos) {
        leading = true;
        baseNanos = nowNanos;
        dueNanos = nowNanos + intervalNanos;
        waiting.clear();
    }

    void onDeposed() {
        leading = false;
        waiting.clear();
    }

    /// Takes a renewal for the next entry; false = too many wait already.
    boolean offer(Renewal renewal) {
        return waiting.size() < MAX_WAITING && waiting.offer(renewal);
    }

    /// The entry that is due at this reading, or null. `mayExpire`: something is there that time can end.
    @Nullable
    ClockEntry next(long nowNanos, boolean mayExpire) {
        if (!leading || nowNanos < dueNanos || (!mayExpire && waiting.isEmpty())) {
            return null;
        }
        ClockEntry.Builder entry = ClockEntry.newBuilder().setAdvanceNanos(Math.max(0, nowNanos - baseNanos));
        for (int i = 0; i < MAX_RENEWALS && !waiting.isEmpty(); i++) {
            entry.addRenewals(waiting.removeFirst());
        }
        baseNanos = nowNanos;
        dueNanos = waiting.isEmpty() ? nowNanos + intervalNanos : nowNanos;
        return entry.build();
    }

    /// When the next entry may be due; `Long.MAX_VALUE` = not before something happens.
    long nextDeadlineNanos(boolean mayExpire) {
        return leading && (mayExpire || !waiting.isEmpty()) ? dueNanos : Long.MAX_VALUE;
    }
}
