package io.gavel.client.cluster;

import io.gavel.client.Bytes;

/**
 * What a snapshot contains: the state after the entry {@code (term, index)}.
 *
 * @param confirmed whether a majority confirmed that it holds everything acknowledged before the call; false when the
 *     member that gave it out had lost touch with the others, and it may lack the newest writes
 */
public record SnapshotHeader(long term, long index, long revision, Bytes digest, long bytes, boolean confirmed) {}
