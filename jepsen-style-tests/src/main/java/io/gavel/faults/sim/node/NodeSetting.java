package io.gavel.faults.sim.node;

import io.gavel.server.node.NodeAssembly;
import io.gavel.server.node.NodeTuning;

/// What a simulated member is and how it is sized.
///
/// @param syncNanos what one sync of its disk usually takes
/// @param watchTurnNanos what each turn of its watches takes: state changes between two of them
public record NodeSetting(NodeAssembly.Origin origin, NodeTuning tuning, long syncNanos, long watchTurnNanos) {
    /// The member's number.
    public int id() {
        return origin.config().id().value();
    }

    /// The machine's name on the network.
    public String host() {
        return "n" + id();
    }
}
