package io.gavel.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BacklogGaugeTest {
    private static final long MILLI = 1_000_000;
    private static final long LIMIT = 500 * MILLI;

    private final BacklogGauge gauge = new BacklogGauge(LIMIT);
    private long now = 7_000 * MILLI;
    private long appended = 1_000;
    private long applied = 1_000;

    BacklogGaugeTest() {
        gauge.onTurnStart(applied, now);
    }

    private void append(int count) {
        for (int i = 0; i < count; i++) {
            gauge.onAppended(++appended, now);
        }
    }

    /// Time passes, and then everything through `index` is applied.
    private boolean isOpenAfter(long millis, long index) {
        now += millis * MILLI;
        applied = Math.max(applied, index);
        gauge.onTurnStart(applied, now);
        return !gauge.isOverloaded();
    }

    /// One entry takes that long in an otherwise empty log.
    private void wayOf(long millis) {
        append(1);
        assertThat(isOpenAfter(millis, appended)).isTrue();
    }

    @Test
    void nothingIsRefusedBeforeAnEntryIsLate() {
        append(10_000);
        assertThat(isOpenAfter(500, applied)).isTrue();
        assertThat(isOpenAfter(1, applied)).isFalse();
    }

    @Test
    void asManyMayWaitAsWereDecidedInTime() {
        wayOf(1);
        append(1);
        append(299);
        assertThat(isOpenAfter(1, applied + 1)).isTrue();
        append(1);
        assertThat(isOpenAfter(502, applied + 100))
                .as("100 in 502 ms, 200 wait")
                .isFalse();
        assertThat(isOpenAfter(1, appended - 100)).isFalse();
        assertThat(isOpenAfter(1, appended - 99)).isTrue();
        append(1);
        assertThat(gauge.isOverloaded()).isTrue();
    }

    @Test
    void roomGrowsWithEveryEntryThatIsNotLate() {
        append(300);
        assertThat(isOpenAfter(501, applied)).as("nothing was decided").isFalse();
        assertThat(isOpenAfter(1, appended)).isTrue();
        int grown = 0;
        for (int waiting = BacklogGauge.FEW; waiting < 1_000; grown++) {
            waiting = 0;
            while (!gauge.isOverloaded() && waiting < 1_000) {
                append(1);
                waiting++;
            }
            assertThat(isOpenAfter(3, appended)).isTrue();
        }
        assertThat(grown).as("followed entries until a thousand may wait again").isBetween(15, 40);
    }

    @Test
    void aFewAreAlwaysServedHoweverLongTheyTake() {
        append(BacklogGauge.FEW - 1);
        assertThat(isOpenAfter(60_000, applied)).isTrue();
        append(1);
        assertThat(gauge.isOverloaded()).isTrue();
        assertThat(isOpenAfter(60_000, applied + 1)).isTrue();
    }

    @Test
    void whatTheWayTakesIsNoBacklog() {
        wayOf(478);
        append(100);
        assertThat(isOpenAfter(500 + 478, applied)).isTrue();
        assertThat(isOpenAfter(1, applied)).isFalse();
    }

    @Test
    void aWayThatBecameLongUnderLoadIsLearnt() {
        wayOf(2);
        append(20);
        assertThat(isOpenAfter(503, applied)).as("600 ms now").isFalse();
        assertThat(isOpenAfter(97, appended)).isTrue();
        for (int round = 0; round < 10; round++) {
            append(3);
            assertThat(isOpenAfter(600, appended)).isTrue();
        }
        append(20);
        assertThat(isOpenAfter(599, applied)).isTrue();
        assertThat(isOpenAfter(1, appended)).isTrue();
    }

    @Test
    void aBacklogIsNotTakenForAWay() {
        wayOf(1);
        append(100);
        assertThat(isOpenAfter(1, applied + 1)).isTrue();
        append(1);
        assertThat(isOpenAfter(450, appended))
                .as("the one that took so long had others before it")
                .isTrue();
        append(100);
        assertThat(isOpenAfter(502, applied)).isFalse();
    }

    @Test
    void aWayOfAnyLengthAddsNoMoreThanTheLimit() {
        append(1);
        assertThat(isOpenAfter(60_000, appended)).isTrue();
        append(100);
        assertThat(isOpenAfter(1_000, applied)).isTrue();
        assertThat(isOpenAfter(1, applied)).isFalse();
    }

    @Test
    void anotherTermBeginsOpenAndKnowsNothing() {
        wayOf(400);
        append(100);
        assertThat(isOpenAfter(901, applied)).isFalse();
        gauge.reset();
        assertThat(isOpenAfter(5_000, applied)).isTrue();
        append(100);
        assertThat(isOpenAfter(501, applied)).isFalse();
    }
}
