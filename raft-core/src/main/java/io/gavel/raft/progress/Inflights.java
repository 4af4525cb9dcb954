package io.gavel.raft.progress;

/// The appends that a peer has not answered yet, bounded in messages and in bytes.
public final class Inflights {
    private final long maxBytes;
    private final long[] lastIndices;
    private final long[] sizes;
    private int oldest;
    private int count;
    private long bytes;

    public Inflights(int maxMessages, long maxBytes) {
        this.maxBytes = maxBytes;
        this.lastIndices = new long[maxMessages];
        this.sizes = new long[maxMessages];
    }

    /// A single append may exceed the bytes, so that an entry of any size gets through.
    public boolean isFull() {
        return count == lastIndices.length || bytes >= maxBytes;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public void add(long lastIndex, long size) {
        int slot = (oldest + count) % lastIndices.length;
        lastIndices[slot] = lastIndex;
        sizes[slot] = size;
        bytes += size;
        count++;
    }

    /// Frees every append whose entries all stand at or before `index`.
    public void freeThrough(long index) {
        while (count > 0 && lastIndices[oldest] <= index) {
            bytes -= sizes[oldest];
            oldest = (oldest + 1) % lastIndices.length;
            count--;
        }
    }

    public void clear() {
        count = 0;
        bytes = 0;
    }
}
