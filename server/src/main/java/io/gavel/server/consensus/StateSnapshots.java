package io.gavel.server.consensus;

import io.gavel.raft.SnapshotMeta;
import io.gavel.server.snapshot.RecordSource;
import io.gavel.server.state.SnapshotCut;
import io.gavel.server.state.table.DigestValue;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The apply agent's side of snapshots.
public interface StateSnapshots {
    /// Writes the cut to a file on another thread and closes it; false = busy, the cut was not taken.
    /// Ends with `SnapshotTaken` towards consensus and then `whenDone`: null, or why there is no such snapshot.
    boolean take(SnapshotCut cut, SnapshotMeta meta, Consumer<@Nullable String> whenDone);

    /// A snapshot that was received and verified. Blocks on the disk.
    ///
    /// @throws IOException if it cannot be read
    StoredState open(SnapshotMeta meta) throws IOException;

    /// The state diverged from the others' after `index`: gives up all later snapshots, durably, and takes no
    /// more (rule 31). Blocks on the disk.
    void distrustAfter(long index) throws IOException;

    /// The state in a snapshot file.
    ///
    /// @param digest of the decoded records, as their writer computed it
    record StoredState(SnapshotMeta meta, DigestValue digest, RecordSource records) {}
}
