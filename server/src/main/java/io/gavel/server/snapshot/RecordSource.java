package io.gavel.server.snapshot;

import java.io.IOException;

/// Yields the records of one snapshot.
public interface RecordSource {
    /// Hands every record to the sink, in key order.
    void forEach(RecordSink sink) throws IOException;
}
