package io.gavel.server.storage;

import io.gavel.raft.check.Invariants;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where each live entry lies. The journal's thread changes it, readers on any thread look things up.
///
/// Bytes of an entry never change while its segment exists, so a reader needs the lock only to look up and to pin
/// the segment; a pinned segment's file stays open until the last reader let go.
final class LogIndex {
    private static final int MAX_SLICE_ENTRIES = 8192;

    /// Consecutive live entries of one segment, from `firstIndex`; `offsets` rise.
    static final class Slice {
        final Segment segment;
        final long firstIndex;
        final int[] offsets;

        private Slice(Segment segment, long firstIndex, int[] offsets) {
            this.segment = segment;
            this.firstIndex = firstIndex;
            this.offsets = offsets;
        }
    }

    private final List<Segment> segments = new ArrayList<>();
    private long baseIndex;
    private long lastIndex;

    synchronized void reset(long newBaseIndex) {
        for (Segment segment : segments) {
            segment.count = 0;
        }
        baseIndex = newBaseIndex;
        lastIndex = newBaseIndex;
    }

    synchronized void add(Segment segment) {
        segments.add(segment);
    }

    /// Takes in everything a batch did, at once for readers.
    synchronized void publish(Batch batch, Segment segment, int start) {
        batch.publishTo(segment, this, start);
    }

    /// The entry at `index` is now this one; those above it are void.
    synchronized void append(Segment segment, long index, int offset) {
        truncateFrom(index);
        Invariants.check(index == lastIndex + 1, "the index has no gaps", index, lastIndex);
        segment.add(index, offset);
        segment.highestEntry = Math.max(segment.highestEntry, index);
        lastIndex = index;
    }

    synchronized void truncateFrom(long index) {
        for (int i = segments.size() - 1; i >= 0 && index <= lastIndex; i--) {
            Segment segment = segments.get(i);
            if (segment.count > 0) {
                segment.count = (int) Math.max(0, Math.min(segment.count, index - segment.firstIndex));
                if (segment.count > 0) {
                    break;
                }
            }
        }
        lastIndex = Math.min(lastIndex, index - 1);
    }

    synchronized void compact(long newBaseIndex) {
        baseIndex = Math.max(baseIndex, newBaseIndex);
        lastIndex = Math.max(lastIndex, baseIndex);
    }

    /// Takes away the oldest segment if it is not the newest and holds nothing above the base; null = there is none.
    synchronized @Nullable Segment removeCompacted() {
        if (segments.size() < 2 || segments.get(0).highestEntry > baseIndex) {
            return null;
        }
        return segments.remove(0);
    }

    /// Takes away the oldest segment whatever it holds, unless it is the newest.
    synchronized @Nullable Segment removeOldest() {
        return segments.size() < 2 ? null : segments.remove(0);
    }

    synchronized long baseIndex() {
        return baseIndex;
    }

    synchronized long lastIndex() {
        return lastIndex;
    }

    /// The first index of the longest tail, not below `atLeast`, whose records take about `bytes`.
    synchronized long firstWithin(int bytes, long atLeast) {
        long room = bytes;
        long first = lastIndex + 1;
        for (int i = segments.size() - 1; i >= 0; i--) {
            Segment segment = segments.get(i);
            int end = segment.used;
            for (int k = segment.count - 1; k >= 0; k--) {
                room -= end - segment.offsets[k];
                if (room < 0 || segment.firstIndex + k < atLeast) {
                    return Math.max(first, atLeast);
                }
                end = segment.offsets[k];
                first = segment.firstIndex + k;
            }
        }
        return Math.max(first, atLeast);
    }

    /// How many segment files the log lies in.
    synchronized int segmentCount() {
        return segments.size();
    }

    /// Pins the segment of the entry at `first`; null when it is compacted or beyond the end. Pair with [#release].
    synchronized @Nullable Slice acquire(long first, long last) {
        if (first <= baseIndex || first > lastIndex) {
            return null;
        }
        for (int i = segments.size() - 1; i >= 0; i--) {
            Segment segment = segments.get(i);
            if (segment.count > 0 && segment.firstIndex <= first && first < segment.firstIndex + segment.count) {
                int from = (int) (first - segment.firstIndex);
                int to = (int)
                        Math.min(segment.count, Math.min(last - segment.firstIndex + 1, from + MAX_SLICE_ENTRIES));
                segment.readers++;
                return new Slice(segment, first, Arrays.copyOfRange(segment.offsets, from, to));
            }
        }
        return null;
    }

    void release(Segment segment) throws IOException {
        boolean close;
        synchronized (this) {
            segment.readers--;
            close = segment.dropped && segment.readers == 0;
        }
        if (close) {
            segment.file.close();
        }
    }

    /// Closes the file of a removed segment, now or when its last reader lets go.
    void drop(Segment segment) throws IOException {
        boolean close;
        synchronized (this) {
            segment.dropped = true;
            close = segment.readers == 0;
        }
        if (close) {
            segment.file.close();
        }
    }

    synchronized List<Segment> all() {
        return List.copyOf(segments);
    }
}
