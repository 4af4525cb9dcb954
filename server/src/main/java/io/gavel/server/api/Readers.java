package io.gavel.server.api;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// The threads for longer reads and schema checks, with a bounded queue. The rim.
public final class Readers implements Executor, AutoCloseable {
    private static final int QUEUE_LIMIT = 1_024;

    private final ThreadPoolExecutor executor;

    public Readers(String threadName, int threads) {
        executor = new ThreadPoolExecutor(
                threads,
                threads,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(QUEUE_LIMIT),
                Thread.ofPlatform().name(threadName + "-", 0).daemon(true).factory());
        executor.allowCoreThreadTimeOut(true);
    }

    /// Runs the task on a reader's thread.
    ///
    /// @throws java.util.concurrent.RejectedExecutionException when the queue is full
    @Override
    public void execute(Runnable task) {
        executor.execute(task);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
