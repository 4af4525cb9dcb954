package io.gavel.faults.sim.check;

import static io.gavel.faults.sim.check.ViolationException.check;

import io.gavel.faults.history.Observation;
import io.gavel.protocol.v1.Command;
import io.gavel.raft.EntryId;
import io.gavel.server.entry.v1.ClockEntry;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.entry.v1.Renewal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Time and sessions as rules 1 and 2 have them: how far replicated time may go, when each session is dead, and that
/// it is gone then and not before.
final class LeaseLedger {
    private static final long NANOS_PER_MILLI = 1_000_000;
    /// Two clocks are trusted to drift less than this share.
    private static final double DRIFT = 0.005;
    private static final long SLACK_NANOS = NANOS_PER_MILLI;

    /// A session that is no more, why, and when it would have been dead in any case.
    record Removed(long session, Observation.Reason reason, long deadlineNanos) {}

    private final Reached reached;
    private final TreeMap<Long, Long> deadlines = new TreeMap<>();
    private final Map<EntryId, Long> appendedAt = new HashMap<>();
    private final Map<Long, Long> termsBegan = new HashMap<>();
    /// When the clock entry before was appended, and in which term.
    private EntryId lastClock = EntryId.ZERO;

    private TreeSet<Long> renewed = new TreeSet<>();

    LeaseLedger(Reached reached) {
        this.reached = reached;
    }

    /// Somebody writes an entry; the first to do so is the leader that made it.
    void onAppended(EntryId id, long nowNanos) {
        appendedAt.putIfAbsent(id, nowNanos);
        termsBegan.putIfAbsent(id.term(), nowNanos);
    }

    /// Whether the clock entry that was applied last renewed the session.
    boolean isRenewed(long session) {
        return renewed.contains(session);
    }

    /// When the session is dead, in replicated time; 0 = there is none.
    long deadlineNanos(long session) {
        return deadlines.getOrDefault(session, 0L);
    }

    /// Judges an entry and tells which sessions it ended.
    List<Removed> onEntry(AppliedEntry entry, ClusterSettings settings) {
        StateView before = entry.before();
        StateView after = entry.after();
        renewed = new TreeSet<>();
        if (entry.own().hasClock()) {
            checkAdvance(entry, settings.getClockClampNanos());
            renew(entry.own().getClock(), before.nowNanos(), after);
        } else {
            check(
                    after.nowNanos() == before.nowNanos(),
                    "I22",
                    () -> "replicated time moves at " + entry.id() + ", which is no clock entry");
        }
        List<Removed> removed = removed(entry);
        for (Map.Entry<Long, StateView.Session> session : after.sessions().entrySet()) {
            long ttlNanos = session.getValue().ttlMillis() * NANOS_PER_MILLI;
            if (deadlines.putIfAbsent(session.getKey(), after.nowNanos() + ttlNanos + settings.getClockClampNanos())
                    == null) {
                check(
                        entry.command().hasOpenSession(),
                        "I22",
                        () -> "session " + session.getKey() + " begins at " + entry.id() + ", which opens none");
            }
            checkDeadline(session.getKey(), session.getValue(), entry);
        }
        return removed;
    }

    /// Rule 1: no further than the clamp, and no further than the leader's own clock went since the entry before, or
    /// since its election.
    private void checkAdvance(AppliedEntry entry, long clampNanos) {
        long advanced = entry.after().nowNanos() - entry.before().nowNanos();
        check(
                advanced >= 0 && advanced <= clampNanos,
                "I22",
                () -> "replicated time advances by " + advanced + " ns at " + entry.id() + ", the clamp is "
                        + clampNanos);
        long proposed = appendedAt.getOrDefault(entry.id(), Long.MAX_VALUE);
        long since = lastClock.term() == entry.id().term()
                ? appendedAt.getOrDefault(lastClock, 0L)
                : termsBegan.getOrDefault(entry.id().term(), 0L);
        check(
                advanced <= (proposed - since) * (1 + DRIFT) + SLACK_NANOS,
                "I22",
                () -> "replicated time advances by " + advanced + " ns at " + entry.id() + ", its leader's clock by "
                        + (proposed - since));
        lastClock = entry.id();
    }

    /// Who was alive before the entry lives a TTL from its time on.
    private void renew(ClockEntry clock, long beforeNanos, StateView after) {
        for (Renewal renewal : clock.getRenewalsList()) {
            long session = renewal.getSessionId();
            long left = deadlineNanos(session) - beforeNanos;
            long leftAfter = deadlineNanos(session) - after.nowNanos();
            if (deadlines.containsKey(session) && Math.min(Math.abs(left), Math.abs(leftAfter)) <= NANOS_PER_MILLI) {
                reached.hit(Goal.RENEWAL_AT_DEADLINE);
            }
            StateView.Session state = after.sessions().get(session);
            if (left > 0 && state != null) {
                deadlines.put(session, after.nowNanos() + state.ttlMillis() * NANOS_PER_MILLI);
                renewed.add(session);
            }
        }
    }

    private List<Removed> removed(AppliedEntry entry) {
        StateView after = entry.after();
        List<Removed> removed = new ArrayList<>();
        for (long session : new ArrayList<>(deadlines.keySet())) {
            if (after.sessions().containsKey(session)) {
                continue;
            }
            Observation.Reason reason = reason(entry, session);
            check(
                    reason != Observation.Reason.EXPIRED || deadlineNanos(session) <= after.nowNanos(),
                    "I22",
                    () -> "session " + session + " is removed at " + entry.id() + ", "
                            + (deadlineNanos(session) - after.nowNanos()) + " ns before its deadline");
            removed.add(new Removed(session, reason, deadlineNanos(session)));
            deadlines.remove(session);
        }
        return removed;
    }

    private static Observation.Reason reason(AppliedEntry entry, long session) {
        Command command = entry.command();
        boolean its = entry.stamp().sessionId() == session;
        if (command.hasCloseSession() && its) {
            return Observation.Reason.CLOSED;
        }
        boolean evicted = command.hasEvictSession() && command.getEvictSession().getSessionId() == session;
        // A session is also ended when it has more requests in flight than its window takes.
        return evicted || (its && entry.isRefused()) ? Observation.Reason.EVICTED : Observation.Reason.EXPIRED;
    }

    /// A deadline moves by renewals only, and whoever is dead is removed by the next entry of time, unless there are
    /// more of them than one entry takes.
    private void checkDeadline(long session, StateView.Session state, AppliedEntry entry) {
        long left = deadlineNanos(session) - entry.after().nowNanos();
        long leftMillis = Math.max(0, left) / NANOS_PER_MILLI;
        check(
                Math.abs(leftMillis - state.remainingMillis()) <= 1,
                "I22",
                () -> "session " + session + " has " + state.remainingMillis() + " ms left after " + entry.id()
                        + ", not " + leftMillis);
        boolean timed = entry.own().hasClock() || entry.own().hasContinueExpiry();
        check(
                left > 0 || !timed || entry.after().published().moreToExpire(),
                "I22",
                () -> "session " + session + " outlives its deadline by " + -left + " ns at " + entry.id());
    }
}
