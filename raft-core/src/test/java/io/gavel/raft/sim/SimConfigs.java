package io.gavel.raft.sim;

import io.gavel.raft.RaftConfig;
import io.gavel.raft.quorum.NodeId;

/// The two sets of limits that simulated members run with. Both keep little log behind a snapshot, so that lagging
/// members need one.
final class SimConfigs {
    private SimConfigs() {}

    static RaftConfig usual(NodeId id) {
        return RaftConfig.defaults(id).withRetention(new RaftConfig.Retention(20, 4_096));
    }

    /// Windows so small that every limit is met all the time.
    static RaftConfig tiny(NodeId id) {
        return RaftConfig.defaults(id)
                .withFlow(new RaftConfig.Flow(3, 20, 2, 64))
                .withLimits(new RaftConfig.Limits(40, 320, 8, 400, 16))
                .withRetention(new RaftConfig.Retention(0, 128));
    }
}
