package io.gavel.raft.log;

import io.gavel.raft.check.Invariants;
import java.util.Arrays;

/// The terms of the whole retained log as runs, so that any term is known without its entry.
///
/// A log has as many runs as it saw leaders, so a lookup is a binary search in a handful of numbers.
public final class TermRuns {
    /// What [#termAt] answers outside of the retained log.
    public static final long UNKNOWN = -1;

    /// The last compacted entry; its term is still known.
    private long baseTerm;

    private long baseIndex;
    private long lastIndex;

    /// Invariant: `firsts` rise strictly, `terms` rise strictly, the first run begins after `baseIndex`.
    private long[] firsts = new long[8];

    private long[] terms = new long[8];
    private int count;

    public TermRuns(long baseTerm, long baseIndex) {
        reset(baseTerm, baseIndex);
    }

    /// Starts again as an empty log after the given entry.
    public void reset(long term, long index) {
        baseTerm = term;
        baseIndex = index;
        lastIndex = index;
        count = 0;
    }

    public long baseIndex() {
        return baseIndex;
    }

    public long baseTerm() {
        return baseTerm;
    }

    public long lastIndex() {
        return lastIndex;
    }

    public long lastTerm() {
        return count == 0 ? baseTerm : terms[count - 1];
    }

    /// The term at the index; [#UNKNOWN] before the base and after the end.
    public long termAt(long index) {
        if (index < baseIndex || index > lastIndex) {
            return UNKNOWN;
        }
        int run = runOf(index);
        return run < 0 ? baseTerm : terms[run];
    }

    /// Notes one more entry.
    public void append(long term) {
        Invariants.check(term >= lastTerm(), "terms never fall in a log", lastTerm(), term);
        lastIndex++;
        if (count == 0 || terms[count - 1] != term) {
            if (count == terms.length) {
                terms = Arrays.copyOf(terms, 2 * count);
                firsts = Arrays.copyOf(firsts, 2 * count);
            }
            terms[count] = term;
            firsts[count] = lastIndex;
            count++;
        }
    }

    /// Notes that entries through `index` follow, all of `term`.
    public void appendThrough(long term, long index) {
        Invariants.check(index > lastIndex, "a run is not empty", lastIndex, index);
        append(term);
        lastIndex = index;
    }

    /// Forgets the entries from `index` on.
    public void truncateFrom(long index) {
        Invariants.check(index > baseIndex, "truncation stays after the base", baseIndex, index);
        lastIndex = Math.min(lastIndex, index - 1);
        while (count > 0 && firsts[count - 1] > lastIndex) {
            count--;
        }
    }

    /// Moves the base up to `index`.
    public void compactThrough(long index) {
        Invariants.check(index >= baseIndex && index <= lastIndex, "compaction stays within the log", index, lastIndex);
        int run = runOf(index);
        if (run < 0) {
            return;
        }
        baseTerm = terms[run];
        baseIndex = index;
        boolean runGoesOn = run + 1 < count ? firsts[run + 1] > index + 1 : lastIndex > index;
        int dropped = runGoesOn ? run : run + 1;
        System.arraycopy(terms, dropped, terms, 0, count - dropped);
        System.arraycopy(firsts, dropped, firsts, 0, count - dropped);
        count -= dropped;
        if (runGoesOn) {
            firsts[0] = index + 1;
        }
    }

    /// The largest index up to `maxIndex` whose term is at most `maxTerm`, for backing off by whole terms
    /// (Raft paper §5.3); one less than the base when no retained entry qualifies.
    public long lastIndexAtOrBelow(long maxIndex, long maxTerm) {
        long index = Math.min(maxIndex, lastIndex);
        if (index < baseIndex) {
            return baseIndex - 1;
        }
        int run = runOf(index);
        while (run >= 0 && terms[run] > maxTerm) {
            index = firsts[run] - 1;
            run--;
        }
        return run >= 0 || baseTerm <= maxTerm ? index : baseIndex - 1;
    }

    /// The run that holds the index; -1 for the base.
    private int runOf(long index) {
        int found = Arrays.binarySearch(firsts, 0, count, index);
        return found >= 0 ? found : -found - 2;
    }
}
