package io.gavel.server.state.table;

import io.gavel.server.snapshot.RecordSink;
import java.io.IOException;

/// One part of the replicated state. Confined to the apply agent.
///
/// A table's logical state is a set of records, each with a key that begins with [#tableId()]. The same records make
/// up snapshots and the digest: whenever a record appears, changes or goes, the table adds and removes it in its
/// [StateDigest], so that the digest of a restored table equals the digest of the one that was written (rule 31).
public interface Table {
    TableId tableId();

    /// The sum over the table's records, kept up to date with every change.
    StateDigest digest();

    /// What the table counts against the quota of state bytes; the same on every member.
    long stateBytes();

    /// Writes every record in key order. Called on the apply agent, so it is for small tables; the sink keeps the
    /// arrays, the table must not change them afterwards.
    void writeTo(RecordSink sink) throws IOException;

    /// Takes one record of a snapshot into an empty or partly read table, and adds it to the digest.
    void readRecord(byte[] key, byte[] value);

    /// All records of the snapshot have been read.
    default void onRestored() {}
}
