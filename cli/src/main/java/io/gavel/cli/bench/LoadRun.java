package io.gavel.cli.bench;

import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.GavelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Drives a workload: closed loop (each client starts its next operation when the last is answered) or at a fixed
/// rate.
///
/// At a fixed rate the latency of an operation counts from when it *should* have started, so that a stall is not
/// hidden by the operations that were not sent during it.
final class LoadRun {
    private static final long HIGHEST_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final int DIGITS = 3;
    private static final long DRAIN_SECONDS = 15;

    private final Workload workload;
    private final int clients;
    private final long rate;
    private final Histogram histogram = new ConcurrentHistogram(HIGHEST_NANOS, DIGITS);
    private final LongAdder completed = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final CountDownLatch finished;
    private volatile boolean measuring;
    private volatile boolean stopping;
    private volatile @Nullable String firstFailure;

    LoadRun(Workload workload, int clients, long rate) {
        this.workload = workload;
        this.clients = clients;
        this.rate = rate;
        this.finished = new CountDownLatch(clients);
    }

    /// @throws CommandFailure when nothing was completed: there is nothing to report but why
    LoadResult run(String operation, int connections, long warmupSeconds, long seconds) throws InterruptedException {
        try (ScheduledThreadPoolExecutor pacer = new ScheduledThreadPoolExecutor(1)) {
            startClients(pacer);
            TimeUnit.SECONDS.sleep(warmupSeconds);
            long started = System.nanoTime();
            measuring = true;
            TimeUnit.SECONDS.sleep(seconds);
            measuring = false;
            double took = (System.nanoTime() - started) / 1e9;
            stopping = true;
            // Clients that wait for their next turn have nothing outstanding.
            pacer.shutdownNow().forEach(_ -> finished.countDown());
            if (!finished.await(DRAIN_SECONDS, TimeUnit.SECONDS)) {
                errors.add(finished.getCount());
            }
            if (completed.sum() == 0) {
                throw new CommandFailure(
                        ExitCode.UNAVAILABLE,
                        ErrorCode.UNAVAILABLE,
                        "no " + operation + " was completed within " + seconds + " s; " + errors.sum()
                                + " failed or hung" + (firstFailure == null ? "" : ": " + firstFailure),
                        "gavel status");
            }
            return new LoadResult(operation, clients, connections, took, completed.sum(), errors.sum(), histogram);
        }
    }

    private void startClients(ScheduledThreadPoolExecutor pacer) {
        long intervalNanos = rate == 0 ? 0 : TimeUnit.SECONDS.toNanos(clients) / rate;
        long now = System.nanoTime();
        List<Runnable> loops = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            long first = rate == 0 ? now : now + intervalNanos * client / clients;
            loops.add(new Loop(client, pacer, intervalNanos, first)::start);
        }
        loops.forEach(Runnable::run);
    }

    /// One client. The next operation starts in the completion of the last; a completion that came at once is
    /// unwound by the loop in `start` instead of growing the stack.
    private final class Loop {
        private final int client;
        private final ScheduledThreadPoolExecutor pacer;
        private final long intervalNanos;
        private long dueNanos;

        Loop(int client, ScheduledThreadPoolExecutor pacer, long intervalNanos, long dueNanos) {
            this.client = client;
            this.pacer = pacer;
            this.intervalNanos = intervalNanos;
            this.dueNanos = dueNanos;
        }

        void start() {
            while (!stopping) {
                if (intervalNanos > 0) {
                    long early = dueNanos - System.nanoTime();
                    if (early > 0) {
                        if (!startLater(early)) {
                            break;
                        }
                        return;
                    }
                }
                long begun = intervalNanos > 0 ? dueNanos : System.nanoTime();
                CompletableFuture<?> answer = next();
                dueNanos += intervalNanos;
                if (!answer.isDone()) {
                    var _ = answer.whenComplete((result, failure) -> {
                        record(begun, failure);
                        start();
                    });
                    return;
                }
                record(begun, answer.isCompletedExceptionally() ? answer.exceptionNow() : null);
            }
            finished.countDown();
        }

        private boolean startLater(long nanos) {
            try {
                var _ = pacer.schedule(this::start, nanos, TimeUnit.NANOSECONDS);
                return true;
            } catch (RejectedExecutionException stopped) {
                return false;
            }
        }

        /// An operation that is refused before it is sent counts as one that failed.
        private CompletableFuture<?> next() {
            try {
                return workload.next(client);
            } catch (GavelException refused) {
                return CompletableFuture.failedFuture(refused);
            }
        }

        private void record(long begun, @Nullable Throwable failure) {
            if (!measuring) {
                return;
            }
            if (failure == null) {
                completed.increment();
                histogram.recordValue(Math.min(System.nanoTime() - begun, HIGHEST_NANOS));
            } else {
                errors.increment();
                if (firstFailure == null) {
                    Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                            ? failure.getCause()
                            : failure;
                    firstFailure = String.valueOf(cause.getMessage());
                }
            }
        }
    }
}
