package io.gavel.client.election;

/** Who leads. */
public record Leader(long session, long fencingToken, String owner, String proposal) {}
