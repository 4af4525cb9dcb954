package io.gavel.server.consensus;

import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.state.Checkpoint;
import io.gavel.server.state.Published;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What the consensus agent needs to know of the applied state. Any thread.
interface StateView {
    Published published();

    SortedMap<Integer, AnnounceMember> announced();

    /// The newest digest of this member; null before the first checkpoint.
    @Nullable
    Checkpoint newestCheckpoint();

    /// The index of the newest checkpoint that the cluster agreed on; 0 = none.
    long agreedCheckpointIndex();
}
