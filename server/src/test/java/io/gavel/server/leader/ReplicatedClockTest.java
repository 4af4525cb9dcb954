package io.gavel.server.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.server.entry.v1.ClockEntry;
import io.gavel.server.entry.v1.Renewal;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The schedules of rule 1, as far as the leader decides them.
final class ReplicatedClockTest {
    private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final ReplicatedClock clock = new ReplicatedClock(INTERVAL);

    private static Renewal renewal(long id) {
        return Renewal.newBuilder().setSessionId(1).setRenewalId(id).build();
    }

    private static List<Renewal> renewalsOf(@Nullable ClockEntry entry) {
        return Objects.requireNonNull(entry).getRenewalsList();
    }

    @Test
    void aFollowerMakesNoEntries() {
        assertThat(clock.next(10 * SECOND, true)).isNull();
        assertThat(clock.nextDeadlineNanos(true)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void countsFromTheElectionAndNotFromAnEarlierLeadership() {
        clock.onElected(SECOND);
        assertThat(clock.next(SECOND + INTERVAL, true)).isNotNull();
        clock.onDeposed();
        clock.onElected(100 * SECOND);
        assertThat(clock.next(100 * SECOND + INTERVAL, true))
                .extracting(ClockEntry::getAdvanceNanos)
                .isEqualTo(INTERVAL);
    }

    @Test
    void whatAPauseAddedIsSaidOnceAndNeverCarriedOver() {
        clock.onElected(0);
        assertThat(clock.next(8 * SECOND, true))
                .extracting(ClockEntry::getAdvanceNanos)
                .isEqualTo(8 * SECOND);
        assertThat(clock.next(8 * SECOND + INTERVAL, true))
                .extracting(ClockEntry::getAdvanceNanos)
                .isEqualTo(INTERVAL);
    }

    @Test
    void carriesOnlyRenewalsThatWereThereBeforeTheReading() {
        clock.onElected(0);
        clock.offer(renewal(1));
        assertThat(renewalsOf(clock.next(INTERVAL, true))).containsExactly(renewal(1));
        clock.offer(renewal(2));
        assertThat(clock.next(INTERVAL + 1, true)).isNull();
        assertThat(renewalsOf(clock.next(2 * INTERVAL, true))).containsExactly(renewal(2));
    }

    @Test
    void isSilentWhileNothingCanExpireAndNobodyRenews() {
        clock.onElected(0);
        assertThat(clock.next(10 * SECOND, false)).isNull();
        assertThat(clock.nextDeadlineNanos(false)).isEqualTo(Long.MAX_VALUE);
        clock.offer(renewal(1));
        assertThat(clock.nextDeadlineNanos(false)).isLessThanOrEqualTo(10 * SECOND);
        assertThat(clock.next(10 * SECOND, false)).isNotNull();
    }

    @Test
    void renewalsOfAnEarlierLeadershipAreNotCarriedIntoTheNext() {
        clock.onElected(0);
        clock.offer(renewal(1));
        clock.onDeposed();
        clock.onElected(SECOND);
        assertThat(clock.next(2 * SECOND, true))
                .extracting(ClockEntry::getRenewalsCount)
                .isEqualTo(0);
    }
}
