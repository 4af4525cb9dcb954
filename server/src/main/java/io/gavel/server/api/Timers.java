package io.gavel.server.api;

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
}
