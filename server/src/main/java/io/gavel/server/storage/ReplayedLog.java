package io.gavel.server.storage;

import io.gavel.raft.EntryId;
import java.util.Arrays;

/// The log as recovery pieces it together: a place for every index from the first segment on, some of them empty.
///
/// An entry supersedes all above it, as in the journal. A place stays empty when its entry is damaged or lost.
final class ReplayedLog {
    static final int ABSENT = -1;

    private long firstIndex = 1;
    private long lastIndex;
    private long termBeforeFirst;
    private long[] terms = new long[1024];
    private long[] previousTerms = new long[1024];
    private long[] batches = new long[1024];
    private int[] segments = new int[1024];
    private int[] offsets = new int[1024];

    /// Where an entry lies: the number of its segment in recovery's list, and the record.
    record Cell(int segment, JournalRecord record) {}

    long lastIndex() {
        return lastIndex;
    }

    /// Makes the log end exactly with `last`, as a checkpoint says it did; `base` is what is compacted.
    /// Places that nothing is known of become empty.
    void endWith(EntryId last, EntryId base) {
        if (base.index() >= last.index() || base.index() > lastIndex || last.index() < firstIndex - 1) {
            restartAfter(base);
        }
        truncateFrom(last.index() + 1);
        while (lastIndex < last.index()) {
            addEmpty();
        }
        if (last.index() >= firstIndex && has(last.index()) && terms[place(last.index())] != last.term()) {
            segments[place(last.index())] = ABSENT;
        }
    }

    void put(Cell cell) {
        JournalRecord entry = cell.record();
        truncateFrom(entry.index());
        if (entry.index() < firstIndex) {
            restartAfter(new EntryId(entry.previousTerm(), entry.index() - 1));
        }
        while (lastIndex < entry.index()) {
            addEmpty();
        }
        int place = place(entry.index());
        terms[place] = entry.term();
        previousTerms[place] = entry.previousTerm();
        batches[place] = entry.batch();
        offsets[place] = entry.position().offset();
        segments[place] = entry.payloadIntact() ? cell.segment() : ABSENT;
    }

    void truncateFrom(long index) {
        if (index <= lastIndex) {
            lastIndex = Math.max(index - 1, firstIndex - 1);
        }
    }

    /// Whether the entry at this index is there and intact.
    boolean has(long index) {
        return index >= firstIndex && index <= lastIndex && segments[place(index)] != ABSENT;
    }

    /// The term at this index, from the entry or from the one after it; -1 = unknown.
    long termAt(long index) {
        if (index == firstIndex - 1) {
            return termBeforeFirst;
        }
        if (has(index)) {
            return terms[place(index)];
        }
        return has(index + 1) ? previousTerms[place(index + 1)] : -1;
    }

    /// The last index up to which every entry after `start` is intact and linked to the one before it.
    ///
    /// Where a link does not fit, the later record is right: what it follows was superseded by a lost entry.
    long intactAfter(EntryId start) {
        long term = start.term();
        long index = start.index();
        while (has(index + 1)) {
            if (previousTerms[place(index + 1)] != term) {
                return Math.max(start.index(), index - 1);
            }
            index++;
            term = terms[place(index)];
        }
        return index;
    }

    /// The lowest index in (after, through] that one of the batches from `batch` on wrote; `through + 1` = none.
    long firstWrittenSince(long batch, long after, long through) {
        long index = through;
        while (index > after && has(index) && batches[place(index)] >= batch) {
            index--;
        }
        return index + 1;
    }

    int segmentOf(long index) {
        return segments[place(index)];
    }

    int offsetOf(long index) {
        return offsets[place(index)];
    }

    private void restartAfter(EntryId start) {
        firstIndex = start.index() + 1;
        lastIndex = start.index();
        termBeforeFirst = start.term();
    }

    private void addEmpty() {
        lastIndex++;
        int place = place(lastIndex);
        if (place == terms.length) {
            int length = 2 * place;
            terms = Arrays.copyOf(terms, length);
            previousTerms = Arrays.copyOf(previousTerms, length);
            batches = Arrays.copyOf(batches, length);
            segments = Arrays.copyOf(segments, length);
            offsets = Arrays.copyOf(offsets, length);
        }
        segments[place] = ABSENT;
    }

    private int place(long index) {
        return Math.toIntExact(index - firstIndex);
    }
}
