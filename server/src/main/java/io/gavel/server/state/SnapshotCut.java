package io.gavel.server.state;

import io.gavel.raft.EntryId;
import io.gavel.server.snapshot.RecordSource;
import io.gavel.server.state.table.DigestValue;

/// The state as of one applied entry, to be written out on another thread while entries go on being applied.
///
/// Made on the apply agent; read once, on any thread; closed by that thread. Until it is closed, history that the cut
/// contains stays in memory.
public interface SnapshotCut extends RecordSource, AutoCloseable {
    /// The entry whose effects are the last in the cut.
    EntryId lastIncluded();

    long revision();

    /// The digest of exactly the records that [#forEach] yields.
    DigestValue digest();

    @Override
    void close();
}
