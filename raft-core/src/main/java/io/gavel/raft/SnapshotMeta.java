package io.gavel.raft;

import io.gavel.raft.quorum.Configuration;

/// Where a snapshot stands in the log: the last entry it includes and the configuration in force there.
public record SnapshotMeta(EntryId lastIncluded, Configuration configuration) {}
