package io.gavel.server.snapshot;

import io.gavel.raft.EntryId;

/// What tells one snapshot from every other: chunks of different ones never mix (rule 14).
///
/// @param manifestHash SHA-256 of the manifest, hexadecimal
/// @param length       bytes of the whole file
public record SnapshotName(EntryId lastIncluded, String manifestHash, long length) {}
