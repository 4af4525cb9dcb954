package io.gavel.server.api;

import io.gavel.server.agent.NanoClock;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Reads that wait until this member has applied a revision. Any thread; released at the end of an apply turn.
final class RevisionWaits {
    private static final int LIMIT = 10_000;

    private final Timers timers;
    private final NanoClock clock;
    private final ConcurrentSkipListMap<Key, Wait> waits = new ConcurrentSkipListMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicLong ids = new AtomicLong();

    RevisionWaits(Timers timers, NanoClock clock) {
        this.timers = timers;
        this.clock = clock;
    }

    /// Called once: with true when the revision is there, with false when the deadline came first.
    @FunctionalInterface
    interface Arrival {
        void onArrival(boolean inTime);
    }

    private record Key(long revision, long id) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byRevision = Long.compareUnsigned(revision, other.revision);
            return byRevision != 0 ? byRevision : Long.compare(id, other.id);
        }
    }

    private final class Wait {
        private final Arrival arrival;
        private final Timers.OneEnd end = new Timers.OneEnd();

        Wait(Arrival arrival) {
            this.arrival = arrival;
        }

        void end(boolean inTime) {
            if (end.end()) {
                size.decrementAndGet();
                arrival.onArrival(inTime);
            }
        }
    }

    /// False when too many wait already. The caller looks again after this returned, by [#release].
    boolean add(long revision, long deadlineNanos, Arrival arrival) {
        if (size.incrementAndGet() > LIMIT) {
            size.decrementAndGet();
            return false;
        }
        Key key = new Key(revision, ids.incrementAndGet());
        Wait wait = new Wait(arrival);
        waits.put(key, wait);
        wait.end.endBy(timers.schedule(deadlineNanos - clock.nanoTime(), () -> {
            waits.remove(key);
            wait.end(false);
        }));
        return true;
    }

    /// Lets go everything that waits for this revision or an older one.
    void release(long revision) {
        while (!waits.isEmpty()) {
            var first = waits.firstEntry();
            if (first == null || Long.compareUnsigned(first.getKey().revision(), revision) > 0) {
                return;
            }
            if (waits.remove(first.getKey(), first.getValue())) {
                first.getValue().end(true);
            }
        }
    }
}
