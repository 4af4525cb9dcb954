package io.gavel.server.storage;

import io.gavel.server.disk.DiskFile;
import java.util.Arrays;

/// One segment file that is open, and which of its records are live entries.
///
/// `used` and `highestEntry` belong to the journal's thread. Everything below the line is guarded by [LogIndex].
final class Segment {
    final JournalRecord.SegmentKey key;
    final String name;
    final DiskFile file;
    final int capacity;
    /// Where the next batch goes.
    int used;
    /// No entry in this segment or before it has a higher index.
    long highestEntry;

    // -----
    long firstIndex;
    int[] offsets = new int[16];
    int count;
    int readers;
    boolean dropped;

    Segment(JournalRecord.SegmentKey key, String name, DiskFile file, int capacity) {
        this.key = key;
        this.name = name;
        this.file = file;
        this.capacity = capacity;
    }

    void add(long index, int offset) {
        if (count == 0) {
            firstIndex = index;
        }
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * count);
        }
        offsets[count++] = offset;
    }
}
