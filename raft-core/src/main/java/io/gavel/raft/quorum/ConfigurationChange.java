package io.gavel.raft.quorum;

/// A step that an operator can ask for; applied through joint consensus where it changes voters (Raft paper §6).
public sealed interface ConfigurationChange {
    record AddLearner(Member member) implements ConfigurationChange {}

    record Promote(NodeId learner) implements ConfigurationChange {}

    record Remove(NodeId member) implements ConfigurationChange {}

    /// Swaps a voter for a caught-up learner in one joint step.
    record Replace(NodeId outgoing, NodeId learner) implements ConfigurationChange {}
}
