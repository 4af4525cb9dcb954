package io.gavel.raft;

import io.gavel.raft.check.Invariants;
import io.gavel.raft.log.RecentWindow;
import io.gavel.raft.log.SizeMarks;
import io.gavel.raft.log.TermRuns;
import java.util.List;

/// The log as the core sees it: every term, the recent entries, and rough sizes. What is older than the window
/// only the journal can read.
final class RaftLog {
    private static final long SIZE_STRETCH_BYTES = 64 << 10;

    /// What an entry costs besides its payload, so that empty entries are not free.
    private static final int ENTRY_OVERHEAD_BYTES = 32;

    private final long windowBytes;
    private final TermRuns terms;
    private final RecentWindow<Entry> window;
    private final SizeMarks sizes;

    RaftLog(Recovered recovered, long windowBytes) {
        EntryId base = recovered.snapshot().lastIncluded();
        this.windowBytes = windowBytes;
        this.terms = new TermRuns(base.term(), base.index());
        long last = recovered.lastEntry().index();
        List<TermRun> runs = recovered.termRuns();
        for (int i = 0; i < runs.size(); i++) {
            TermRun run = runs.get(i);
            Invariants.check(
                    run.firstIndex() == terms.lastIndex() + 1,
                    "recovered term runs have no gaps",
                    terms.lastIndex(),
                    run.firstIndex());
            terms.appendThrough(
                    run.term(), i + 1 < runs.size() ? runs.get(i + 1).firstIndex() - 1 : last);
        }
        Invariants.check(lastEntry().equals(recovered.lastEntry()), "recovered term runs end at the last entry");
        List<Entry> recent = recovered.recentEntries();
        long first = recent.isEmpty() ? last + 1 : recent.getFirst().index();
        this.window = new RecentWindow<>(first);
        this.sizes = new SizeMarks(SIZE_STRETCH_BYTES, first - 1);
        for (Entry entry : recent) {
            Invariants.check(matches(entry.id()), "recovered entries match the term runs");
            window.append(entry, sizeOf(entry));
            sizes.append(entry.index(), sizeOf(entry));
        }
        evict(last);
    }

    static int sizeOf(Entry entry) {
        return entry.payload().length() + ENTRY_OVERHEAD_BYTES;
    }

    /// The last compacted entry; the log begins after it.
    EntryId base() {
        return new EntryId(terms.baseTerm(), terms.baseIndex());
    }

    long baseIndex() {
        return terms.baseIndex();
    }

    long lastIndex() {
        return terms.lastIndex();
    }

    EntryId lastEntry() {
        return new EntryId(terms.lastTerm(), terms.lastIndex());
    }

    /// The term at the index; [TermRuns#UNKNOWN] where the log does not reach.
    long termAt(long index) {
        return terms.termAt(index);
    }

    /// Whether this log holds the entry. The base counts as held.
    boolean matches(EntryId entry) {
        return terms.termAt(entry.index()) == entry.term();
    }

    /// The entry's id, or [EntryId#ZERO] (which matches every log) when it is compacted away.
    EntryId idAtOrZero(long index) {
        long term = terms.termAt(index);
        return term == TermRuns.UNKNOWN ? EntryId.ZERO : new EntryId(term, index);
    }

    /// See [TermRuns#lastIndexAtOrBelow].
    long lastIndexAtOrBelow(long maxIndex, long maxTerm) {
        return terms.lastIndexAtOrBelow(maxIndex, maxTerm);
    }

    void append(Entry entry) {
        Invariants.check(entry.index() == lastIndex() + 1, "the log has no gaps", lastIndex(), entry.index());
        terms.append(entry.term());
        int size = sizeOf(entry);
        window.append(entry, size);
        sizes.append(entry.index(), size);
    }

    void truncateFrom(long index) {
        terms.truncateFrom(index);
        window.truncateFrom(index);
        sizes.truncateFrom(index);
    }

    void compactThrough(long index) {
        terms.compactThrough(index);
        window.evictBefore(index + 1);
        sizes.compactThrough(index);
    }

    void reset(EntryId lastIncluded) {
        terms.reset(lastIncluded.term(), lastIncluded.index());
        window.reset(lastIncluded.index() + 1);
        sizes.reset(lastIncluded.index());
    }

    /// Drops entries up to `through` from memory until the window keeps its limit.
    void evict(long through) {
        while (window.bytes() > windowBytes && window.firstIndex() <= through) {
            window.evictOldest();
        }
    }

    boolean isRecent(long index) {
        return window.holds(index);
    }

    /// The oldest index in memory.
    long firstRecentIndex() {
        return window.firstIndex();
    }

    int recentSizeAt(long index) {
        return window.sizeAt(index);
    }

    /// Recent entries from `first`, at most to `last`, at most that many and that large, but at least one.
    List<Entry> slice(long first, long last, int maxEntries, long maxBytes) {
        return window.slice(first, lastWithin(first, last, maxEntries, maxBytes));
    }

    private long lastWithin(long first, long last, int maxEntries, long maxBytes) {
        long end = Math.min(last, first + maxEntries - 1);
        long bytes = window.sizeAt(first);
        long index = first;
        while (index < end) {
            bytes += window.sizeAt(index + 1);
            if (bytes > maxBytes) {
                return index;
            }
            index++;
        }
        return index;
    }

    /// Roughly the bytes of all entries after `index`.
    long bytesAfter(long index) {
        return sizes.bytesAfter(index);
    }
}
