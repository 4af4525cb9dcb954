package io.gavel.server.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class AgentRunnerTest {
    private static final long MAX_SPINS = 200_000_000;

    private final AtomicReference<@Nullable ExitCode> halted = new AtomicReference<>();
    private final Halt halt = (code, _, _) -> halted.compareAndSet(null, code);
    private final Waker waker = new Waker();

    private AgentRunner start(Agent agent) {
        AgentRunner runner = new AgentRunner("test-agent", agent, waker, NanoClock.system(), halt);
        runner.start();
        return runner;
    }

    @Test
    void aThrowableOfAnAgentHaltsTheNode() {
        try (AgentRunner _ = start(_ -> {
            throw new AssertionError("broken");
        })) {
            await().untilAsserted(() -> assertThat(halted).hasValue(ExitCode.INVARIANT_VIOLATED));
        }
    }

    @Test
    void anInputOutputErrorHasItsOwnExitCode() {
        try (AgentRunner _ = start(_ -> {
            throw new UncheckedIOException(new IOException("fsync failed"));
        })) {
            await().untilAsserted(() -> assertThat(halted).hasValue(ExitCode.STORAGE_FAILED));
        }
    }

    @Test
    void anAgentMayNameTheExitCode() {
        try (AgentRunner _ = start(_ -> {
            throw new HaltException(ExitCode.STATE_DIVERGED, "digest differs");
        })) {
            await().untilAsserted(() -> assertThat(halted).hasValue(ExitCode.STATE_DIVERGED));
        }
    }

    @Test
    void takesATurnAtTheDeadlineAndStopsInOrder() {
        AtomicInteger turns = new AtomicInteger();
        AtomicBoolean stopped = new AtomicBoolean();
        Agent agent = new Agent() {
            private long deadline;

            @Override
            public int doWork(long nowNanos) {
                if (nowNanos >= deadline) {
                    turns.incrementAndGet();
                    deadline = nowNanos + 5_000_000;
                }
                return 0;
            }

            @Override
            public long nextDeadlineNanos() {
                return deadline;
            }

            @Override
            public void onStop() {
                stopped.set(true);
            }
        };
        try (AgentRunner _ = start(agent)) {
            await().untilAsserted(() -> assertThat(turns).hasValueGreaterThan(3));
        }
        assertThat(stopped).isTrue();
        assertThat(halted).hasNullValue();
    }

    @Test
    void noWakeUpIsLostHoweverItMeetsThePark() {
        AtomicLong sent = new AtomicLong();
        AtomicLong seen = new AtomicLong();
        Agent agent = _ -> {
            long value = sent.get();
            long before = seen.getAndSet(value);
            return (int) (value - before);
        };
        try (AgentRunner _ = start(agent)) {
            for (long i = 1; i <= 200_000; i++) {
                sent.set(i);
                waker.wake();
                long spins = 0;
                while (seen.get() < i) {
                    assertThat(spins++).as("wake-up %d was lost", i).isLessThan(MAX_SPINS);
                    Thread.onSpinWait();
                }
            }
        }
        assertThat(seen).hasValue(200_000);
    }
}
