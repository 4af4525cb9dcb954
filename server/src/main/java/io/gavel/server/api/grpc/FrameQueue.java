package io.gavel.server.api.grpc;

import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.ServerFrames;
import io.gavel.server.api.ApiErrors;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/// What waits to be sent on one session stream: many senders, frames leave in the order in which they came, together.
///
/// Bounded in bytes: a client that reads too slowly is cut with `OVERLOADED`; it reconnects and asks again by sequence.
/// Nothing here blocks or locks; whichever thread flushes first sends for all that come meanwhile.
final class FrameQueue {
    /// A gRPC client accepts 4 MiB by default and one frame may hold a page of 1 MiB.
    private static final int MESSAGE_BYTES = 1 << 20;

    private static final int CHUNK = 64;

    private final ServerCallStreamObserver<ServerFrames> call;
    private final TurnFlusher flusher;
    private final long limitBytes;
    private final Runnable onCut;
    private final MpscUnboundedAtomicArrayQueue<ServerFrame> frames = new MpscUnboundedAtomicArrayQueue<>(CHUNK);
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicBoolean dirty = new AtomicBoolean();
    private final AtomicInteger flushes = new AtomicInteger();
    private volatile boolean overflown;
    private volatile boolean closed;
    private volatile @Nullable Runnable whenDrained;

    /// `onCut` runs when the queue overflowed and ended the call.
    FrameQueue(ServerCallStreamObserver<ServerFrames> call, TurnFlusher flusher, long limitBytes, Runnable onCut) {
        this.call = call;
        this.flusher = flusher;
        this.limitBytes = limitBytes;
        this.onCut = onCut;
    }

    /// Adds a frame and sees to it that it leaves when this thread's turn ends. Any thread.
    void offer(ServerFrame frame) {
        if (closed) {
            return;
        }
        if (queuedBytes.addAndGet(frame.getSerializedSize()) > limitBytes) {
            overflown = true;
        } else {
            frames.offer(frame);
        }
        if (dirty.compareAndSet(false, true)) {
            flusher.flushSoon(this);
        }
    }

    /// Sends what is queued, as far as the client reads. Any thread; also when the client reads on.
    void flush() {
        if (flushes.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            dirty.set(false);
            drain();
            missed = flushes.addAndGet(-missed);
        } while (missed != 0);
    }

    /// Runs `last` after everything that is queued by now was sent; it ends the call.
    void finish(Runnable last) {
        whenDrained = last;
        flush();
    }

    /// Nothing is sent any more.
    void close() {
        closed = true;
    }

    private void drain() {
        if (overflown && !closed) {
            closed = true;
            call.onError(GrpcErrors.exception(ApiErrors.overloaded("stream queue")));
            onCut.run();
        }
        while (!closed && call.isReady() && !frames.isEmpty()) {
            ServerFrames.Builder batch = ServerFrames.newBuilder();
            long bytes = 0;
            while (bytes < MESSAGE_BYTES) {
                ServerFrame frame = frames.relaxedPoll();
                if (frame == null) {
                    break;
                }
                bytes += frame.getSerializedSize();
                batch.addFrames(frame);
            }
            queuedBytes.addAndGet(-bytes);
            call.onNext(batch.build());
        }
        Runnable last = whenDrained;
        if (last != null && !closed && frames.isEmpty()) {
            closed = true;
            last.run();
        }
    }
}
