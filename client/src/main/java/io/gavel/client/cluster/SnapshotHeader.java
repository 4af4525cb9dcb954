package io.gavel.client.cluster;

import io.gavel.client.Bytes;

/** What a snapshot contains: the state after the entry {@code (term, index)}. */
public record SnapshotHeader(long term, long index, long revision, Bytes digest, long bytes) {}
