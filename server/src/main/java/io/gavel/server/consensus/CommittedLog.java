package io.gavel.server.consensus;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import java.io.IOException;
import java.util.List;

/// Reads entries that left the core's window back from the journal. Used by the apply agent only.
@FunctionalInterface
public interface CommittedLog {
    /// The entries right after `previous`, through `last` at most, about `maxBytes` of them but at least one.
    ///
    /// @throws IOException if they cannot be read; committed entries must be there
    List<Entry> read(EntryId previous, EntryId last, int maxBytes) throws IOException;
}
