package io.gavel.server.api;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Timers on one daemon thread. The rim: this is real time.
public final class ScheduledTimers implements Timers, AutoCloseable {
    private final ScheduledThreadPoolExecutor executor;

    public ScheduledTimers(String threadName) {
        executor = new ScheduledThreadPoolExecutor(
                1, task -> Thread.ofPlatform().name(threadName).daemon(true).unstarted(task));
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public Scheduled schedule(long delayNanos, Runnable task) {
        Future<?> future = executor.schedule(task, Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
