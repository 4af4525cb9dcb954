package io.gavel.client.internal.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When to ask again. */
class LatencyTest {
    private static final long MILLI = SimWorld.MILLI;

    private final Latency latency = new Latency();

    private void answers(int count, long millis) {
        for (int i = 0; i < count; i++) {
            latency.onAnswer(millis * MILLI);
        }
    }

    @Test
    void itFollowsWhatTheClusterNeedsWithinLimits() {
        assertThat(latency.patienceNanos(1)).as("before anything is known").isEqualTo(200 * MILLI);
        answers(50, 2);
        assertThat(latency.patienceNanos(1)).isEqualTo(100 * MILLI);
        answers(100, 400);
        assertThat(latency.patienceNanos(1)).isBetween(750 * MILLI, 850 * MILLI);
        assertThat(latency.quietNanos()).isEqualTo(2_000 * MILLI);
        answers(100, 1);
        assertThat(latency.quietNanos()).isEqualTo(1_000 * MILLI);
    }

    @Test
    void anUnsteadyClusterIsGivenMoreTimeThanASteadyOne() {
        for (int i = 0; i < 50; i++) {
            answers(1, i % 2 == 0 ? 20 : 200);
        }
        assertThat(latency.patienceNanos(1)).isGreaterThan(300 * MILLI);
    }

    @Test
    void patienceStaysDoubledUntilARequestThatWasSentOnceIsAnswered() {
        answers(50, 2);
        latency.onNoAnswer(1);
        assertThat(latency.patienceNanos(1)).as("also of later requests").isEqualTo(200 * MILLI);
        latency.onNoAnswer(2);
        latency.onNoAnswer(1);
        assertThat(latency.patienceNanos(1)).isEqualTo(400 * MILLI);
        assertThat(latency.patienceNanos(9)).isEqualTo(2_000 * MILLI);
        answers(1, 2);
        assertThat(latency.patienceNanos(1)).isEqualTo(100 * MILLI);
    }

    @Test
    void onlyAFewAreSentAgainAtATime() {
        int repeated = 0;
        for (int i = 0; i < 1_000; i++) {
            repeated += latency.mayRepeat(SimWorld.SECOND) ? 1 : 0;
        }
        assertThat(repeated).isEqualTo(16);
        assertThat(latency.nextRepeatNanos()).isEqualTo(SimWorld.SECOND + 100 * MILLI);
        assertThat(latency.mayRepeat(latency.nextRepeatNanos())).isTrue();
    }
}
