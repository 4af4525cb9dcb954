package io.gavel.server.watch;

import io.gavel.protocol.v1.WatchRequest;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One open watch. [#onReady] and [#cancel] may be called by any thread; everything else is the hub's.
///
/// ```
/// NEW         -> LIVE | CATCHING_UP    where its first revision is decides
/// CATCHING_UP -> LIVE                  at the revision after the one it was brought to
/// LIVE        -> NEW                   too far behind: from the next revision that it has not seen, by a snapshot
/// any         -> OVER
/// ```
public final class Subscription {
    enum Phase {
        NEW,
        CATCHING_UP,
        LIVE,
        OVER
    }

    final WatchTarget target;
    final WatchSink sink;
    final boolean withPrevious;
    /// The member must have come this far before it answers at all.
    final long notBefore;

    private final Consumer<Subscription> signal;
    private final AtomicBoolean signalled = new AtomicBoolean();
    private volatile boolean cancelled;

    // ---- the hub's own

    Phase phase = Phase.NEW;
    /// The first revision that has not been delivered. Everything that matches below it has, or is covered by a
    /// snapshot.
    long from;
    /// The next thing it gets is a snapshot, whatever `from` says.
    boolean needsSnapshot;
    /// Events were skipped that it never got.
    boolean afterGap;
    /// LIVE: there are matching events between `cursor` and the hub's position.
    boolean pending;

    long cursor;
    long pendingBytes;
    /// The last revision that it was told it has seen everything up to; -1 = none yet.
    long reported = -1;

    @Nullable
    CatchUp catchUp;

    long catchUpSinceNanos;

    Subscription(
            WatchRequest request, WatchTarget target, long notBefore, WatchSink sink, Consumer<Subscription> signal) {
        this.target = target;
        this.sink = sink;
        this.withPrevious = request.getPreviousValues();
        this.notBefore = notBefore;
        this.from = request.getFromRevision();
        this.needsSnapshot = request.getFromRevision() == 0;
        this.signal = signal;
    }

    /// The sink can take messages again.
    public void onReady() {
        if (signalled.compareAndSet(false, true)) {
            signal.accept(this);
        }
    }

    /// The client is gone; nothing more is delivered after the hub's present turn.
    public void cancel() {
        cancelled = true;
        onReady();
    }

    boolean isCancelled() {
        return cancelled;
    }

    /// From here on the next signal counts again.
    void takeSignal() {
        signalled.set(false);
    }
}
