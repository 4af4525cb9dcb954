package io.gavel.server.state;

import io.gavel.server.state.table.DigestValue;

/// The digest of the state after applying the entry at a fixed index (rule 31).
public record Checkpoint(long index, int digestVersion, DigestValue digest) {}
