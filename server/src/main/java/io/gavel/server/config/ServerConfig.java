package io.gavel.server.config;

import io.gavel.raft.quorum.NodeId;
import java.nio.file.Path;
import java.util.List;

/// Everything one node is told at start; checked by [ServerConfigLoader].
///
/// @param cluster the first members, this one included, by ascending id
/// @param parentPid the node stops when this process is gone; 0 = it has no parent
public record ServerConfig(
        NodeId id,
        Path dataDirectory,
        Listeners listeners,
        List<ClusterMember> cluster,
        Timings timings,
        StorageLimits storage,
        LoadLimits limits,
        long parentPid) {

    /// Where the node listens.
    public record Listeners(Endpoint client, Endpoint peer, Endpoint admin) {}

    /// A first member: how other members and how clients reach it.
    public record ClusterMember(NodeId id, Endpoint peer, Endpoint client) {}

    /// How long the node waits for what.
    ///
    /// @param electionTimeoutNanos the shortest; each is drawn between it and twice as much
    public record Timings(
            long electionTimeoutNanos,
            long heartbeatIntervalNanos,
            long clockIntervalNanos,
            long shutdownTimeoutNanos) {}

    /// What the node keeps on disk, and how much room it leaves there.
    ///
    /// @param snapshotThresholdBytes a snapshot is taken when the journal grew by as much since the last one
    /// @param diskReserveBytes growth is refused while less than this is free (rule 26)
    public record StorageLimits(long segmentBytes, long snapshotThresholdBytes, long diskReserveBytes) {}

    /// What may be queued or open at once; beyond it requests are refused.
    ///
    /// @param mailboxItems queued items of one agent
    /// @param mailboxBytes queued bytes of one agent
    /// @param messageBytes one gRPC message, either way
    /// @param streamBytes answers queued for one slow session stream
    /// @param watchBytes events queued for one slow watch
    /// @param streams open session streams, and as many watches
    public record LoadLimits(
            int mailboxItems, long mailboxBytes, int messageBytes, long streamBytes, long watchBytes, int streams) {}

    /// This member's entry in `cluster`.
    public ClusterMember self() {
        return cluster.stream()
                .filter(member -> member.id().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
