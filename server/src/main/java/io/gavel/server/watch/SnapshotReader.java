package io.gavel.server.watch;

import io.gavel.protocol.v1.WatchSnapshot;
import io.gavel.server.state.table.KeyHistory;
import io.gavel.server.state.table.KeyVersion;

/// Sends all keys of a target as of one revision, in chunks with an end mark (rule 35).
final class SnapshotReader implements CatchUp {
    private static final int KEYS_A_STEP = 10_000;
    private static final byte[] FROM_THE_FIRST = {};

    private final KeyHistory keys;
    private final WatchTarget.Keys target;
    private final WatchMessages messages;
    private final int messageBytes;
    private final long revision;
    private final boolean afterGap;

    private byte[] after = FROM_THE_FIRST;
    private WatchSnapshot.Builder chunk;
    private long chunkBytes;
    private boolean readAll;

    /// `revision` is pinned by the caller.
    SnapshotReader(
            KeyHistory keys,
            WatchTarget.Keys target,
            WatchMessages messages,
            int messageBytes,
            long revision,
            boolean afterGap) {
        this.keys = keys;
        this.target = target;
        this.messages = messages;
        this.messageBytes = messageBytes;
        this.revision = revision;
        this.afterGap = afterGap;
        this.chunk = newChunk();
    }

    private WatchSnapshot.Builder newChunk() {
        return WatchSnapshot.newBuilder().setRevision(revision).setAfterGap(afterGap);
    }

    @Override
    public Step step(Subscription subscription, long nowNanos) {
        if (!readAll && chunkBytes < messageBytes) {
            read(nowNanos);
        }
        if (!readAll && chunkBytes < messageBytes) {
            return Step.READ_ON;
        }
        if (!subscription.sink.isReady()) {
            return Step.WAIT;
        }
        subscription.sink.deliver(messages.snapshot(chunk.setLast(readAll)));
        chunk = newChunk();
        chunkBytes = 0;
        return readAll ? Step.DONE : Step.READ_ON;
    }

    private void read(long nowNanos) {
        int[] visited = {0};
        boolean[] stopped = {false};
        keys.visit(target.key(), after, (key, newest) -> {
            if (!target.covers(key)) {
                return false;
            }
            if (visited[0]++ == KEYS_A_STEP || chunkBytes >= messageBytes) {
                stopped[0] = true;
                return false;
            }
            after = key;
            KeyVersion version = WatchMessages.visibleAt(newest, revision);
            if (version != null) {
                chunk.addEntries(version.toKeyValue(key, true, nowNanos));
                byte[] value = version.value();
                chunkBytes += key.length + (value == null ? 0 : value.length) + 32L;
            }
            return true;
        });
        readAll = !stopped[0];
    }

    @Override
    public long upTo() {
        return revision;
    }

    @Override
    public void close() {
        keys.unpin(revision);
    }
}
