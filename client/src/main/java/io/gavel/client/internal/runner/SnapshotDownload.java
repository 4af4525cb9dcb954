package io.gavel.client.internal.runner;

import io.gavel.client.cluster.SnapshotHeader;
import io.gavel.client.internal.wire.Decode;
import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.SaveSnapshotRequest;
import io.gavel.protocol.v1.SnapshotChunk;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot on its way from one member. It may take as long as it takes, but not stand still: each chunk has a
 * deadline of its own.
 */
public final class SnapshotDownload {
    /** The first chunk comes when the member has written the whole snapshot. */
    private static final long STALLED_SECONDS = 120;

    private final BlockingClientCall<?, SnapshotChunk> call;
    private @Nullable SnapshotChunk next;

    /** Asks for it; {@link #open} waits for the first chunk. */
    public SnapshotDownload(Channel channel) {
        this.call = ClusterGrpc.newBlockingV2Stub(channel).saveSnapshot(SaveSnapshotRequest.getDefaultInstance());
    }

    /**
     * Waits for the first chunk.
     *
     * @throws StatusException if the member refuses, cannot be reached or sends nothing
     */
    public void open() throws StatusException, InterruptedIOException {
        next = read();
        if (next == null) {
            throw Status.UNAVAILABLE.withDescription("sent nothing").asException();
        }
    }

    /** Whether it holds everything acknowledged before it was asked for; {@link #open} came before. */
    public boolean isConfirmed() {
        return first().getHeader().getConfirmed();
    }

    /** Whether it holds more than that one, or as much; both are open. */
    public boolean reachesAsFarAs(SnapshotDownload other) {
        return first().getHeader().getIndex() >= other.first().getHeader().getIndex();
    }

    /** Gives it up. */
    public void cancel() {
        call.cancel("another member's is taken", null);
    }

    /** Writes every chunk; {@link #open} came before. */
    public SnapshotHeader writeTo(OutputStream out) throws IOException {
        SnapshotChunk first = first();
        long written = 0;
        try {
            for (SnapshotChunk chunk = first; chunk != null; chunk = read()) {
                chunk.getContent().writeTo(out);
                written += chunk.getContent().size();
            }
        } catch (StatusException e) {
            throw new IOException("the snapshot broke off after " + written + " bytes: " + e.getStatus(), e);
        } catch (IOException e) {
            call.cancel("cannot be written", e);
            throw e;
        }
        return new SnapshotHeader(
                first.getHeader().getTerm(),
                first.getHeader().getIndex(),
                first.getHeader().getRevision(),
                Decode.bytes(first.getHeader().getDigest()),
                written,
                isConfirmed());
    }

    private SnapshotChunk first() {
        SnapshotChunk first = next;
        if (first == null) {
            throw new IllegalStateException("not open");
        }
        return first;
    }

    private @Nullable SnapshotChunk read() throws StatusException, InterruptedIOException {
        try {
            return call.read(STALLED_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            call.cancel("stalled", e);
            throw Status.DEADLINE_EXCEEDED
                    .withDescription("nothing came for " + STALLED_SECONDS + " s")
                    .asException();
        } catch (InterruptedException e) {
            call.cancel("interrupted", e);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a snapshot was saved");
        }
    }
}
