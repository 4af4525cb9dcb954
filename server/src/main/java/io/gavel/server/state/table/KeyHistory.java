package io.gavel.server.state.table;

/// What watches read of the key-value store, on a thread of their own, while the apply agent goes on.
public interface KeyHistory {
    /// Keeps everything that can be read at `revision`, and every later version, until [#unpin]; false if compacted.
    boolean pin(long revision);

    void unpin(long revision);

    /// Visits the newest version of every key that starts with `prefix` and comes after `after` (empty = from the
    /// first), tombstones included, in key order, until the visitor says false. From a version the visitor may
    /// follow `previous()` as far as the first one at or below the revision it has pinned.
    void visit(byte[] prefix, byte[] after, Visitor visitor);

    /// Takes keys in order; false ends the visit.
    @FunctionalInterface
    interface Visitor {
        boolean visit(byte[] key, KeyVersion newest);
    }
}
