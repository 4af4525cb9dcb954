package io.gavel.server.snapshot;

import java.io.IOException;

/// Takes the records of one snapshot.
public interface RecordSink {
    /// Takes the next record. Keys come strictly ascending in unsigned lexicographic order; both arrays are shared
    /// and must not be changed by either side.
    void put(byte[] key, byte[] value) throws IOException;
}
