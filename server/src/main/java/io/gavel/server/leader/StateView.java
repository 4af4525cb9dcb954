package io.gavel.server.leader;

import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.state.Checkpoint;
import io.gavel.server.state.Published;
import java.util.List;
import java.util.SortedMap;

/// What the consensus agent needs to know of the applied state. Any thread.
public interface StateView {
    Published published();

    /// What members said of themselves through the log; another object whenever it changed.
    SortedMap<Integer, AnnounceMember> announced();

    /// The digests of this member at its last checkpoints, oldest first.
    List<Checkpoint> checkpoints();

    /// The index of the newest checkpoint that the cluster agreed on; 0 = none.
    long agreedCheckpointIndex();
}
