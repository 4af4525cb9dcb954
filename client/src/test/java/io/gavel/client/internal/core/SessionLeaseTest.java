package io.gavel.client.internal.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.client.internal.port.ClientClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Rule 3: the client's own clock. */
class SessionLeaseTest {
    private static final long TTL = Duration.ofSeconds(10).toNanos();

    private static final class SimClock implements ClientClock {
        long monotonic = 1;
        long wall = 1_000_000;

        @Override
        public long monotonicNanos() {
            return monotonic;
        }

        @Override
        public long wallMillis() {
            return wall;
        }

        void pass(Duration duration) {
            monotonic += duration.toNanos();
            wall += duration.toMillis();
        }
    }

    private final SimClock clock = new SimClock();
    private final SessionLease lease = new SessionLease(clock, TTL);

    @Test
    void isInvalidBeforeTheFirstConfirmation() {
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void runsFromTheSendTimeLessTwiceTheDrift() {
        Stamp sent = Stamp.of(clock);
        clock.pass(Duration.ofSeconds(4));
        lease.confirm(sent);
        clock.pass(Duration.ofMillis(5_899));
        assertThat(lease.isValid()).isTrue();
        clock.pass(Duration.ofMillis(1));
        assertThat(lease.isValid()).as("sent + 10 s - 1 %%").isFalse();
    }

    @Test
    void aSuspendedHostStopsItsMonotonicClockButNotItsWallClock() {
        lease.confirm(Stamp.of(clock));
        clock.wall += 60_000;
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void aWallClockThatIsSetBackDoesNotProlong() {
        lease.confirm(Stamp.of(clock));
        clock.monotonic += Duration.ofSeconds(9).toNanos();
        clock.wall -= 3_600_000;
        assertThat(lease.isValid()).isTrue();
        clock.monotonic += Duration.ofSeconds(1).toNanos();
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void onceSeenOverItStaysOver() {
        lease.confirm(Stamp.of(clock));
        clock.wall += 60_000;
        assertThat(lease.isValid()).isFalse();
        clock.wall -= 60_000;
        lease.confirm(Stamp.of(clock));
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void aLateConfirmationOfAnOlderRenewalDoesNotShorten() {
        Stamp older = Stamp.of(clock);
        clock.pass(Duration.ofSeconds(3));
        lease.confirm(Stamp.of(clock));
        lease.confirm(older);
        clock.pass(Duration.ofSeconds(9));
        assertThat(lease.isValid()).isTrue();
    }
}
