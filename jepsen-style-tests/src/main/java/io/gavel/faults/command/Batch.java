package io.gavel.faults.command;

import io.gavel.faults.sim.RunOptions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs seeds on all cores until there are no more, the time is over, or one fails.
final class Batch {
    private final Simulation simulation;
    private final RunOptions options;
    private final Iterator<Long> seeds;
    private final long deadlineNanos;
    private final Consumer<Outcome> listener;
    private boolean failed;

    /// The listener is told each outcome, one at a time.
    Batch(
            Simulation simulation,
            RunOptions options,
            Iterator<Long> seeds,
            long deadlineNanos,
            Consumer<Outcome> listener) {
        this.simulation = simulation;
        this.options = options;
        this.seeds = seeds;
        this.deadlineNanos = deadlineNanos;
        this.listener = listener;
    }

    void run() throws InterruptedException {
        int threads = Runtime.getRuntime().availableProcessors();
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (int i = 0; i < threads; i++) {
                running.add(executor.submit(this::runSeeds));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException broken) {
            throw new IllegalStateException("a run broke the harness", broken.getCause());
        }
    }

    private void runSeeds() {
        for (Long seed = next(); seed != null; seed = next()) {
            Outcome outcome = Outcome.of(simulation, seed, options);
            synchronized (this) {
                failed |= outcome.verdict() != Outcome.Verdict.PASSED;
                listener.accept(outcome);
            }
        }
    }

    private synchronized @Nullable Long next() {
        boolean ends = failed || System.nanoTime() >= deadlineNanos || !seeds.hasNext();
        return ends ? null : seeds.next();
    }
}
