package io.gavel.raft;

/// The position of an entry: the term in which it was proposed and its index in the log.
///
/// The natural order is "more up to date" (Raft paper §5.4.1): the term decides, then the index.
/// `EntryId.ZERO` precedes the first entry of every log.
public record EntryId(long term, long index) implements Comparable<EntryId> {
    public static final EntryId ZERO = new EntryId(0, 0);

    public EntryId {
        if (term < 0 || index < 0) {
            throw new IllegalArgumentException("term and index must not be negative: " + term + ", " + index);
        }
    }

    @Override
    public int compareTo(EntryId other) {
        int byTerm = Long.compare(term, other.term);
        return byTerm != 0 ? byTerm : Long.compare(index, other.index);
    }

    @Override
    public String toString() {
        return term + ":" + index;
    }
}
