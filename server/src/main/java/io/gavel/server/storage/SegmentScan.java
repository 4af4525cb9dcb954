package io.gavel.server.storage;

import io.gavel.server.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the bytes of one segment say, record by record, damaged stretches included.
///
/// @param items        records and damage in file order
/// @param end          where the last intact record ends
/// @param highestBatch the highest batch of which any record header is intact; 0 = none
record SegmentScan(List<Item> items, int end, long highestBatch) {

    sealed interface Item {
        /// The batch that the item belongs to, as far as can be told.
        long batch();
    }

    /// An intact header; its payload may be damaged.
    record Found(JournalRecord record) implements Item {
        @Override
        public long batch() {
            return record.batch();
        }
    }

    /// Bytes that are no record although a batch was open, or although intact records follow.
    record Damage(int from, int to, long batch) implements Item {}

    /// Reads the whole file into `buffer`, which must hold it. `firstBatch` is from the segment's header.
    static SegmentScan of(ByteBuffer buffer, JournalRecord.SegmentKey key, long firstBatch) throws IOException {
        List<Item> items = new ArrayList<>();
        long highestBatch = 0;
        long lastEnded = firstBatch - 1;
        boolean open = false;
        long openBatch = 0;
        int at = SegmentHeader.REGION_BYTES;
        int end = at;
        while (at + JournalRecord.HEADER_BYTES <= buffer.limit()) {
            JournalRecord found = JournalRecord.read(buffer, at, 0, key);
            if (found == null) {
                int next = nextRecord(buffer, at, key);
                if (next < 0 && !open && isZero(buffer, at)) {
                    break;
                }
                int to = next < 0 ? buffer.limit() : next;
                items.add(new Damage(at, to, open ? openBatch : lastEnded + 1));
                if (next < 0) {
                    break;
                }
                at = next;
                open = false;
                continue;
            }
            items.add(new Found(found));
            highestBatch = Math.max(highestBatch, found.batch());
            open = !found.endOfBatch();
            openBatch = found.batch();
            lastEnded = open ? found.batch() - 1 : found.batch();
            at = found.position().end();
            end = at;
        }
        if (open && (items.get(items.size() - 1) instanceof Found)) {
            items.add(new Damage(at, buffer.limit(), openBatch));
        }
        return new SegmentScan(items, end, highestBatch);
    }

    /// The whole file, in `reused` if it fits.
    static ByteBuffer load(DiskFile file, ByteBuffer reused) throws IOException {
        int length = (int) file.length();
        ByteBuffer buffer = reused.capacity() < length ? ByteBuffer.allocate(length) : reused;
        file.read(0, buffer.clear().limit(length));
        return buffer.flip();
    }

    /// Whether the file reads now as it did when `buffer` was loaded.
    static boolean readsAlike(DiskFile file, ByteBuffer buffer) throws IOException {
        return load(file, ByteBuffer.allocate(0)).equals(buffer.duplicate().rewind());
    }

    /// The header at the start of the file; null when both copies are damaged.
    static @Nullable SegmentHeader header(DiskFile file) throws IOException {
        ByteBuffer region = ByteBuffer.allocate(SegmentHeader.REGION_BYTES);
        file.read(0, region);
        return SegmentHeader.decode(region.flip());
    }

    private static int nextRecord(ByteBuffer buffer, int from, JournalRecord.SegmentKey key) throws IOException {
        for (int at = from + JournalRecord.ALIGNMENT;
                at + JournalRecord.HEADER_BYTES <= buffer.limit();
                at += JournalRecord.ALIGNMENT) {
            if (buffer.getInt(at) == JournalRecord.MAGIC && JournalRecord.read(buffer, at, 0, key) != null) {
                return at;
            }
        }
        return -1;
    }

    private static boolean isZero(ByteBuffer buffer, int from) {
        int at = from;
        for (; at + Long.BYTES <= buffer.limit(); at += Long.BYTES) {
            if (buffer.getLong(at) != 0) {
                return false;
            }
        }
        for (; at < buffer.limit(); at++) {
            if (buffer.get(at) != 0) {
                return false;
            }
        }
        return true;
    }
}
