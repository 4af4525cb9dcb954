package io.gavel.server.disk;

import java.util.function.LongSupplier;

/// Whether enough space is free to go on growing (rule 26). Any thread.
///
/// What is kept free lets compaction free space at any time: a full snapshot and two journal segments, or
/// more if the operator asks for it. Growth is allowed again only when a segment more than that is free, so
/// that the answer does not change with every write.
public final class DiskReserve {
    private final long configuredBytes;
    private final long segmentBytes;
    private final LongSupplier snapshotBytes;
    private volatile boolean isShort;

    /// @param configuredBytes what the operator wants to be free at least
    /// @param snapshotBytes size of a full snapshot, as far as known
    public DiskReserve(long configuredBytes, long segmentBytes, LongSupplier snapshotBytes) {
        this.configuredBytes = configuredBytes;
        this.segmentBytes = segmentBytes;
        this.snapshotBytes = snapshotBytes;
    }

    /// The bytes that are to stay free.
    public long bytes() {
        return Math.max(configuredBytes, snapshotBytes.getAsLong() + 2 * segmentBytes);
    }

    /// This much is free now; returns whether that changes the answer of [#isShort()].
    public boolean onUsable(long usableBytes) {
        boolean before = isShort;
        isShort = usableBytes < bytes() + (before ? segmentBytes : 0);
        return isShort != before;
    }

    /// Less is free than the reserve.
    public boolean isShort() {
        return isShort;
    }
}
