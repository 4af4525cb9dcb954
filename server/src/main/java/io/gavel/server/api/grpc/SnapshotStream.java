package io.gavel.server.api.grpc;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SnapshotChunk;
import io.gavel.server.api.ApiErrors;
import io.gavel.server.api.SnapshotExport.OpenSnapshot;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends one snapshot file as fast as its client reads, from readers' threads, never holding one while it waits.
final class SnapshotStream {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotStream.class);
    private static final int CHUNK_BYTES = 256 << 10;

    private final ServerCallStreamObserver<SnapshotChunk> call;
    private final Executor readers;
    private final AtomicInteger wanted = new AtomicInteger();
    private volatile @Nullable OpenSnapshot snapshot;
    private volatile boolean confirmed;
    private boolean headerSent;

    SnapshotStream(ServerCallStreamObserver<SnapshotChunk> call, Executor readers) {
        this.call = call;
        this.readers = readers;
        call.setOnReadyHandler(this::sendOnReader);
        call.setOnCancelHandler(this::sendOnReader);
    }

    /// Begins with the snapshot, or ends with the error.
    void start(@Nullable OpenSnapshot opened, @Nullable Error error, boolean isConfirmed) {
        if (opened == null) {
            call.onError(GrpcErrors.exception(error != null ? error : ApiErrors.internal("no snapshot")));
            return;
        }
        confirmed = isConfirmed;
        snapshot = opened;
        sendOnReader();
    }

    /// One thread at a time is in [#send]; whoever comes meanwhile makes it go round once more.
    private void sendOnReader() {
        OpenSnapshot open = snapshot;
        if (open == null || wanted.getAndIncrement() != 0) {
            return;
        }
        try {
            readers.execute(() -> {
                int missed = 1;
                do {
                    send(open);
                    missed = wanted.addAndGet(-missed);
                } while (missed != 0);
            });
        } catch (RejectedExecutionException full) {
            end(open);
            call.onError(GrpcErrors.exception(ApiErrors.overloaded("reader queue")));
        }
    }

    private void send(OpenSnapshot open) {
        if (snapshot == null) {
            return;
        }
        try {
            while (call.isReady() && !call.isCancelled()) {
                SnapshotChunk.Builder chunk = SnapshotChunk.newBuilder();
                if (!headerSent) {
                    headerSent = true;
                    chunk.setHeader(open.header().toBuilder().setConfirmed(confirmed));
                }
                byte[] content = open.next(CHUNK_BYTES);
                if (content.length == 0 && !chunk.hasHeader()) {
                    end(open);
                    call.onCompleted();
                    return;
                }
                call.onNext(chunk.setContent(ClusterService.wrap(content)).build());
            }
            if (call.isCancelled()) {
                end(open);
            }
        } catch (IOException damaged) {
            LOG.error("a snapshot could not be read", damaged);
            end(open);
            call.onError(GrpcErrors.exception(ApiErrors.internal("the snapshot could not be read")));
        }
    }

    private void end(OpenSnapshot open) {
        snapshot = null;
        open.close();
    }
}
