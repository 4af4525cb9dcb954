package io.gavel.server.storage;

/// Sizes and times of the journal.
///
/// @param segmentBytes      size of a segment file; one batch that needs more gets a larger segment
/// @param maxBatchBytes     when a batch has grown to this, it is written and synced before more is added
/// @param maxBatchWrites    as above, counted in effects
/// @param recentEntryBytes  how much of the log's tail recovery hands to the core
/// @param sealAfterNanos    how long the journal may be idle before its last batch is sealed (rule 23)
/// @param retryFullDiskNanos how often a write that found no space for a new segment is tried again
public record JournalOptions(
        int segmentBytes,
        int maxBatchBytes,
        int maxBatchWrites,
        int recentEntryBytes,
        long sealAfterNanos,
        long retryFullDiskNanos) {
    public static final JournalOptions DEFAULT =
            new JournalOptions(16 << 20, 4 << 20, 4096, 1 << 20, 50_000_000L, 100_000_000L);

    public JournalOptions {
        requireAtLeast("segmentBytes", segmentBytes, 2 * SegmentHeader.REGION_BYTES);
        requireAtLeast("maxBatchBytes", maxBatchBytes, 1);
        requireAtLeast("maxBatchWrites", maxBatchWrites, 1);
        requireAtLeast("recentEntryBytes", recentEntryBytes, 0);
        requireAtLeast("sealAfterNanos", sealAfterNanos, 1);
        requireAtLeast("retryFullDiskNanos", retryFullDiskNanos, 1);
    }

    private static void requireAtLeast(String field, long value, long limit) {
        if (value < limit) {
            throw new IllegalArgumentException(field + " must be at least " + limit + ", was " + value);
        }
    }
}
