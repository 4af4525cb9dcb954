package io.gavel.server.watch;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The most recent revisions with events, bounded in number and in bytes, shared by all watchers.
///
/// How it works, and why: one writer (the apply agent) and any readers, without a lock. A revision gets the next
/// sequence number and the slot that belongs to it. To evict, the writer first raises `first`, then clears the slot; a
/// reader looks at the slot first and at `first` afterwards, so what it took is what it asked for, or it is told that
/// it is gone. The writer never waits for a reader.
final class EventRing {
    private final AtomicReferenceArray<@Nullable RevisionEvents> slots;
    private final int mask;
    private final long maxBytes;

    private volatile long first;
    private volatile long next;
    private volatile long coveredFrom;
    // The writer's own.
    private long bytes;

    /// `coveredFrom`: the first revision whose events will be appended, if it has any.
    EventRing(int revisions, long maxBytes, long coveredFrom) {
        int capacity = Integer.highestOneBit(Math.max(2, revisions) * 2 - 1);
        this.slots = new AtomicReferenceArray<>(capacity);
        this.mask = capacity - 1;
        this.maxBytes = maxBytes;
        this.coveredFrom = coveredFrom;
    }

    /// Appends a revision above all before it. The writer only.
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    void append(RevisionEvents events) {
        RevisionEvents kept = events.bytes() <= maxBytes ? events : RevisionEvents.gap(events.revision());
        while (next - first > mask || (bytes + kept.bytes() > maxBytes && first < next)) {
            evict();
        }
        if (kept.isGap()) {
            coveredFrom = kept.revision() + 1;
        }
        slots.set((int) next & mask, kept);
        bytes += kept.bytes();
        next++;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private void evict() {
        int slot = (int) first & mask;
        RevisionEvents oldest = slots.get(slot);
        if (oldest == null) {
            throw new IllegalStateException("an occupied slot is empty");
        }
        coveredFrom = Math.max(coveredFrom, oldest.revision() + 1);
        first++;
        slots.set(slot, null);
        bytes -= oldest.bytes();
    }

    /// The events with this sequence number, or null if they are evicted or not yet appended. Any thread.
    @Nullable
    RevisionEvents get(long sequence) {
        if (sequence < first || sequence >= next) {
            return null;
        }
        RevisionEvents events = slots.get((int) sequence & mask);
        return first <= sequence ? events : null;
    }

    long first() {
        return first;
    }

    long next() {
        return next;
    }

    /// Every event of this revision or a later one is in the ring. Any thread.
    long coveredFrom() {
        return coveredFrom;
    }

    /// The sequence number of the first revision at or above `revision`, or -1 if some before it are evicted already.
    long sequenceOf(long revision) {
        long low = first;
        long high = next;
        while (low < high) {
            long middle = (low + high) >>> 1;
            RevisionEvents events = get(middle);
            if (events == null) {
                return -1;
            }
            if (events.revision() < revision) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return revision >= coveredFrom ? low : -1;
    }
}
