package io.gavel.server.consensus;

import io.gavel.raft.Effect;
import io.gavel.raft.quorum.NodeId;

/// Where the consensus agent's effects go. Non-blocking. The core bounds what can be outstanding, so a lane that is
/// full halts the node instead of losing an effect.
public interface Lanes {
    void journal(Effect.ForJournal effect);

    /// Whether this member's disk has less free space than its reserve (rule 26).
    boolean isDiskShort();

    /// Starts to stream the newest snapshot to the peer; ends with `SnapshotSent`.
    void sendSnapshot(NodeId to, long term);
}
