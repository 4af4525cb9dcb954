package io.gavel.raft;

/// A run of consecutive entries of one term, beginning at `firstIndex`; it ends where the next run begins.
public record TermRun(long term, long firstIndex) {}
