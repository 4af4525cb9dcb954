package io.gavel.server.state.kv;

import java.util.Arrays;
import java.util.Comparator;
import java.util.TreeSet;

/// Keys with a time-to-live, in the order (deadline, key). Confined to the apply agent; rebuilt from a snapshot's keys.
final class KeyDeadlines {
    private static final Comparator<Deadline> BY_DEADLINE_THEN_KEY =
            Comparator.comparingLong(Deadline::nanos).thenComparing(Deadline::key, Arrays::compareUnsigned);

    private final TreeSet<Deadline> deadlines = new TreeSet<>(BY_DEADLINE_THEN_KEY);

    void add(long deadlineNanos, byte[] key) {
        deadlines.add(new Deadline(deadlineNanos, key));
    }

    void remove(long deadlineNanos, byte[] key) {
        deadlines.remove(new Deadline(deadlineNanos, key));
    }

    boolean isEmpty() {
        return deadlines.isEmpty();
    }

    /// Whether a key's deadline has been reached.
    boolean isAnyDue(long nowNanos) {
        return !deadlines.isEmpty() && deadlines.first().nanos() <= nowNanos;
    }

    /// The key that ends first.
    byte[] first() {
        return deadlines.first().key();
    }

    /// Compared by contents through the comparator, never by `equals`.
    @SuppressWarnings("ArrayRecordComponent")
    private record Deadline(long nanos, byte[] key) {}
}
