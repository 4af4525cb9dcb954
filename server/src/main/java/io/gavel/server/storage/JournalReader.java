package io.gavel.server.storage;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.Payload;
import io.gavel.server.storage.LogIndex.Slice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads ranges of the log on any thread, beside the journal's own.
///
/// Every read checks checksums and the chain of terms, so that it never returns an entry that the range asked for
/// does not contain. What is read may not be durable yet: a leader may send it, nobody may acknowledge it.
public final class JournalReader {
    private final LogIndex index;

    JournalReader(LogIndex index) {
        this.index = index;
    }

    /// The answer to a read.
    public sealed interface LogRange {
        /// Consecutive entries right after the one that was given; at least one.
        record Entries(List<Entry> entries) implements LogRange {}

        /// The range begins at or below the base of the log; entries from `firstIndex` on are there.
        record Gone(long firstIndex) implements LogRange {}

        /// The log has other terms there, or ends before: the range was truncated since it was asked for.
        record Mismatch() implements LogRange {}
    }

    /// Entries after `previous`, up to `last`, as many as fit into `maxBytes` of payload, but at least one.
    /// Throws [CorruptStorageException] when the bytes are damaged.
    public LogRange read(EntryId previous, EntryId last, int maxBytes) throws IOException {
        List<Entry> entries = new ArrayList<>();
        long bytes = 0;
        EntryId before = previous;
        while (before.index() < last.index() && (entries.isEmpty() || bytes < maxBytes)) {
            Slice slice = index.acquire(before.index() + 1, last.index());
            if (slice == null) {
                break;
            }
            List<Entry> block;
            try {
                block = readBlock(slice, before.term(), entries.isEmpty() ? maxBytes : maxBytes - bytes);
            } finally {
                index.release(slice.segment);
            }
            if (block == null) {
                return new LogRange.Mismatch();
            }
            for (Entry entry : block) {
                bytes += entry.payload().length();
                if (!entries.isEmpty() && bytes > maxBytes) {
                    return new LogRange.Entries(entries);
                }
                entries.add(entry);
            }
            before = entries.get(entries.size() - 1).id();
        }
        return entries.isEmpty() ? nothingAfter(previous) : endingAs(last, entries);
    }

    private LogRange nothingAfter(EntryId previous) {
        long baseIndex = index.baseIndex();
        return previous.index() < baseIndex ? new LogRange.Gone(baseIndex + 1) : new LogRange.Mismatch();
    }

    private static LogRange endingAs(EntryId last, List<Entry> entries) {
        EntryId end = entries.getLast().id();
        boolean wrongEnd = end.index() == last.index() && end.term() != last.term();
        return wrongEnd ? new LogRange.Mismatch() : new LogRange.Entries(entries);
    }

    /// The first entries of the slice, of about `maxBytes`; null when the first does not follow `previousTerm`.
    private static @Nullable List<Entry> readBlock(Slice slice, long previousTerm, long maxBytes) throws IOException {
        int[] offsets = slice.offsets;
        int wanted = 1;
        while (wanted < offsets.length && offsets[wanted] - offsets[0] <= maxBytes) {
            wanted++;
        }
        int end = wanted < offsets.length ? offsets[wanted] : endOf(slice, offsets[wanted - 1]);
        ByteBuffer block = readFully(slice.segment, offsets[0], end - offsets[0]);
        List<Entry> entries = new ArrayList<>(wanted);
        long termBefore = previousTerm;
        for (int i = 0; i < wanted; i++) {
            JournalRecord found = JournalRecord.read(block, offsets[i] - offsets[0], offsets[0], slice.segment.key);
            if (found == null
                    || !found.payloadIntact()
                    || found.type() != JournalRecord.RecordType.ENTRY
                    || found.index() != slice.firstIndex + i) {
                throw damaged(slice.segment, offsets[i]);
            }
            if (found.previousTerm() != termBefore) {
                if (i == 0) {
                    return null;
                }
                throw damaged(slice.segment, offsets[i]);
            }
            entries.add(new Entry(
                    new EntryId(found.term(), found.index()),
                    EntryKind.ofCode(found.kind()),
                    Payload.wrap(found.payload(block))));
            termBefore = found.term();
        }
        return entries;
    }

    private static int endOf(Slice slice, int offset) throws IOException {
        ByteBuffer header = readFully(slice.segment, offset, JournalRecord.HEADER_BYTES);
        int end = JournalRecord.endOf(header, offset, slice.segment.key);
        if (end < 0 || end > slice.segment.capacity) {
            throw damaged(slice.segment, offset);
        }
        return end;
    }

    private static ByteBuffer readFully(Segment segment, int offset, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        if (segment.file.read(offset, target) < length) {
            throw damaged(segment, offset);
        }
        return target.flip();
    }

    private static CorruptStorageException damaged(Segment segment, int offset) {
        return new CorruptStorageException(segment.name + ": damaged entry at offset " + offset);
    }
}
