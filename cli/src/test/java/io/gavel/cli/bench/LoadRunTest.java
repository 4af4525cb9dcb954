package io.gavel.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.cli.CommandFailure;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class LoadRunTest {
    /// Answers at once, or as the test says.
    private static final class SimWorkload implements Workload {
        private final AtomicInteger started = new AtomicInteger();
        private final AtomicInteger failed = new AtomicInteger();
        private final AtomicInteger outstanding = new AtomicInteger();
        private final AtomicInteger mostOutstanding = new AtomicInteger();
        private final long firstTakesMillis;
        private final long eachTakesMillis;
        private final int failures;

        SimWorkload(long firstTakesMillis, long eachTakesMillis, int failures) {
            this.firstTakesMillis = firstTakesMillis;
            this.eachTakesMillis = eachTakesMillis;
            this.failures = failures;
        }

        @Override
        public CompletableFuture<?> next(int client) {
            mostOutstanding.accumulateAndGet(outstanding.incrementAndGet(), Math::max);
            long millis = started.getAndIncrement() == 0 ? firstTakesMillis : eachTakesMillis;
            CompletableFuture<Void> answer = new CompletableFuture<>();
            if (millis == 0) {
                complete(answer);
            } else {
                CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(() -> complete(answer));
            }
            return answer;
        }

        private void complete(CompletableFuture<Void> answer) {
            outstanding.decrementAndGet();
            if (failed.getAndIncrement() < failures) {
                answer.completeExceptionally(new IllegalStateException("refused"));
            } else {
                answer.complete(null);
            }
        }

        @Override
        public void close() {}
    }

    @Test
    void aClientHasOneOutstandingOperation() throws InterruptedException {
        SimWorkload workload = new SimWorkload(5, 5, 0);

        LoadResult result = new LoadRun(workload, 4, 0).run("put", 1, 0, 1);

        assertThat(workload.mostOutstanding).hasValueLessThanOrEqualTo(4);
        assertThat(result.completed()).isBetween(1L, 4L * 1_000 / 5);
        assertThat(result.completed()).isLessThanOrEqualTo(workload.started.get());
        assertThat(result.errors()).isZero();
        assertThat(result.nanos().getMinValue()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(4));
    }

    @Test
    void latencyAtARateCountsFromWhenTheOperationWasDue() throws InterruptedException {
        SimWorkload workload = new SimWorkload(600, 0, 0);

        LoadResult result = new LoadRun(workload, 1, 100).run("put", 1, 0, 1);

        // One answer took 600 ms; the operations that were due meanwhile waited too, though they were not even sent.
        long waited =
                result.nanos().getCountBetweenValues(TimeUnit.MILLISECONDS.toNanos(100), TimeUnit.SECONDS.toNanos(2));
        assertThat(waited).isGreaterThan(40);
    }

    @Test
    void clientsThatWaitForTheirNextTurnAreNoErrors() throws InterruptedException {
        SimWorkload workload = new SimWorkload(0, 0, 0);

        long started = System.nanoTime();
        LoadResult result = new LoadRun(workload, 64, 4).run("put", 1, 0, 1);

        assertThat(result.errors()).isZero();
        assertThat(result.completed()).isBetween(1L, 6L);
        assertThat(System.nanoTime() - started).isLessThan(TimeUnit.SECONDS.toNanos(10));
    }

    @Test
    void failedOperationsAreCountedApart() throws InterruptedException {
        LoadResult result = new LoadRun(new SimWorkload(1, 1, 1), 1, 0).run("put", 1, 0, 1);

        assertThat(result.errors()).isEqualTo(1);
        assertThat(result.nanos().getTotalCount()).isEqualTo(result.completed());
    }

    @Test
    void aRunThatCompletesNothingSaysWhy() {
        LoadRun run = new LoadRun(new SimWorkload(1, 1, Integer.MAX_VALUE), 1, 0);

        assertThatThrownBy(() -> run.run("put", 1, 0, 1))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("no put was completed")
                .hasMessageEndingWith("refused");
    }
}
