package io.gavel.raft.log;

import java.util.Arrays;

/// Roughly how many bytes a stretch of the log takes: the running total, remembered once for each stretch.
///
/// Answers are too high by at most one stretch. What was there before this process started is unknown and
/// counts as infinitely large.
public final class SizeMarks {
    private final long stretchBytes;
    private long[] indices = new long[64];
    private long[] totals = new long[64];
    private int count;
    private long total;

    public SizeMarks(long stretchBytes, long index) {
        this.stretchBytes = stretchBytes;
        reset(index);
    }

    /// Starts again after `index`.
    public void reset(long index) {
        count = 0;
        total = 0;
        mark(index);
    }

    public void append(long index, int size) {
        total += size;
        if (total - totals[count - 1] >= stretchBytes) {
            mark(index);
        }
    }

    public void truncateFrom(long index) {
        while (count > 1 && indices[count - 1] >= index) {
            count--;
        }
    }

    public void compactThrough(long index) {
        int keep = markAtOrBefore(index);
        if (keep > 0) {
            System.arraycopy(indices, keep, indices, 0, count - keep);
            System.arraycopy(totals, keep, totals, 0, count - keep);
            count -= keep;
        }
    }

    /// Bytes of the entries after `index`, at least.
    public long bytesAfter(long index) {
        int mark = markAtOrBefore(index);
        return mark < 0 ? Long.MAX_VALUE : total - totals[mark];
    }

    private int markAtOrBefore(long index) {
        int found = Arrays.binarySearch(indices, 0, count, index);
        return found >= 0 ? found : -found - 2;
    }

    private void mark(long index) {
        if (count == indices.length) {
            indices = Arrays.copyOf(indices, 2 * count);
            totals = Arrays.copyOf(totals, 2 * count);
        }
        indices[count] = index;
        totals[count] = total;
        count++;
    }
}
