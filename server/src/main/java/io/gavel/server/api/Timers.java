package io.gavel.server.api;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// Runs a task after a delay, for waits that nothing else ends.
public interface Timers {
    /// Runs the task once on some thread; it must not block. Any thread may call.
    Scheduled schedule(long delayNanos, Runnable task);

    /// A task that has not run yet.
    @FunctionalInterface
    interface Scheduled {
        /// Forgets the task unless it has begun.
        void cancel();
    }

    /// The one end of a wait, which may come before the timer that is to end it is known. Any thread.
    final class OneEnd {
        private final AtomicBoolean over = new AtomicBoolean();
        private volatile @Nullable Scheduled timer;

        /// True for the first caller only; the timer is cancelled.
        public boolean end() {
            if (!over.compareAndSet(false, true)) {
                return false;
            }
            cancelTimer();
            return true;
        }

        /// Names the timer; called once. Whoever comes second, this or the end, cancels it.
        public void endBy(Scheduled scheduled) {
            timer = scheduled;
            if (over.get()) {
                cancelTimer();
            }
        }

        private void cancelTimer() {
            Scheduled scheduled = timer;
            if (scheduled != null) {
                scheduled.cancel();
            }
        }
    }
}
