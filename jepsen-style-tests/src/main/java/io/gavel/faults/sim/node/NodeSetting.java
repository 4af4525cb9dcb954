package io.gavel.faults.sim.node;

import io.gavel.server.node.NodeAssembly;
import io.gavel.server.node.NodeTuning;

/// What a simulated member is and how it is sized.
///
/// @param syncNanos what one sync of its disk usually takes
public record NodeSetting(NodeAssembly.Origin origin, NodeTuning tuning, long syncNanos) {
    /// The member's number.
    public int id() {
        return origin.config().id().value();
    }

    /// The machine's name on the network.
    public String host() {
        return "n" + id();
    }
}
