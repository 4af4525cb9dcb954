package io.gavel.server.agent;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Parks one thread and wakes it, without losing a wake-up and without a system call while the thread is busy.
///
/// [#wake()] may be called by any thread and costs one volatile read when the sleeper is already awake and told.
/// Everything else is for the one thread that sleeps.
public final class Waker {
    // RUNNING: awake, nothing new since the turn began. NOTIFIED: something new. PARKED: asleep.
    // A producer publishes its item, fences, then looks at the state; the sleeper publishes RUNNING, then looks at
    // the items. One of the two sees the other (Dekker), so a producer that finds NOTIFIED may go away.
    private static final int RUNNING = 0;
    private static final int NOTIFIED = 1;
    private static final int PARKED = 2;

    private final AtomicInteger state = new AtomicInteger(NOTIFIED);
    private volatile @Nullable Thread sleeper;

    /// Makes sure that the sleeper begins another turn after this call. Any thread.
    public void wake() {
        java.lang.invoke.VarHandle.fullFence();
        if (state.getPlain() != NOTIFIED && state.getAndSet(NOTIFIED) == PARKED) {
            LockSupport.unpark(sleeper);
        }
    }

    /// Takes the calling thread as the one to be woken.
    void attach() {
        sleeper = Thread.currentThread();
    }

    /// Marks the start of a turn: what was published before the last [#wake()] will be seen in it.
    void beginTurn() {
        state.set(RUNNING);
    }

    /// Sleeps until woken or `nanos` passed; returns at once when something new came since the turn began.
    void park(long nanos) {
        if (nanos <= 0 || !state.compareAndSet(RUNNING, PARKED)) {
            return;
        }
        if (nanos == Long.MAX_VALUE) {
            LockSupport.park(this);
        } else {
            LockSupport.parkNanos(this, nanos);
        }
    }
}
