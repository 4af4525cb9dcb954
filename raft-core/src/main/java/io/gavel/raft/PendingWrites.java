package io.gavel.raft;

import io.gavel.raft.check.Invariants;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The writes that the journal has not confirmed, what each makes durable, and the messages that wait for it
/// (rules 12 and 13).
final class PendingWrites {
    private static final class Write {
        final long writeId;
        final HardState hardState;
        final long issuedNanos;
        final List<Effect.Send> held = new ArrayList<>();

        /// What this write proves durable; lowered when a later write truncates.
        long lastIndex;

        Write(long writeId, HardState hardState, long lastIndex, long issuedNanos) {
            this.writeId = writeId;
            this.hardState = hardState;
            this.lastIndex = lastIndex;
            this.issuedNanos = issuedNanos;
        }
    }

    /// Invariant: write ids rise.
    private final ArrayDeque<Write> writes = new ArrayDeque<>();

    private long lastWriteId;

    /// Term and vote of the newest confirmed write.
    private HardState durableHardState;

    /// Highest index durable on this member. Invariant: never above the last index of the log.
    private long persistedIndex;

    PendingWrites(HardState durableHardState, long persistedIndex) {
        this.durableHardState = durableHardState;
        this.persistedIndex = persistedIndex;
    }

    long persistedIndex() {
        return persistedIndex;
    }

    HardState durableHardState() {
        return durableHardState;
    }

    boolean isEmpty() {
        return writes.isEmpty();
    }

    /// Notes a write of everything up to `lastIndex`; returns its id.
    long issue(HardState hardState, long lastIndex, long nowNanos) {
        writes.addLast(new Write(++lastWriteId, hardState, lastIndex, nowNanos));
        return lastWriteId;
    }

    /// Holds the message until the newest write is confirmed.
    void hold(Effect.Send send) {
        writes.getLast().held.add(send);
    }

    /// The log was cut: no write so far proves anything at `index` or after.
    void truncateFrom(long index) {
        persistedIndex = Math.min(persistedIndex, index - 1);
        for (Write write : writes) {
            write.lastIndex = Math.min(write.lastIndex, index - 1);
        }
    }

    /// A snapshot replaced the log: writes so far prove nothing about it, the snapshot itself proves `index`.
    void reset(long index) {
        truncateFrom(0);
        persistedIndex = index;
    }

    /// Takes the confirmation of this write and of all before it; hands over the messages that waited.
    ///
    /// @return whether the write was pending
    boolean confirm(long writeId, Consumer<Effect.Send> released) {
        Invariants.check(writeId <= lastWriteId, "only issued writes are confirmed", writeId, lastWriteId);
        boolean found = false;
        while (!writes.isEmpty() && writes.getFirst().writeId <= writeId) {
            Write write = writes.removeFirst();
            found = true;
            durableHardState = write.hardState;
            persistedIndex = Math.max(persistedIndex, write.lastIndex);
            write.held.forEach(released);
        }
        return found;
    }

    /// When the oldest unconfirmed write was issued; null when there is none (rule 16).
    @Nullable
    Long oldestIssuedNanos() {
        return writes.isEmpty() ? null : writes.getFirst().issuedNanos;
    }
}
