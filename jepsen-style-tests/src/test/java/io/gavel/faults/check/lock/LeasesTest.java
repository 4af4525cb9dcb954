package io.gavel.faults.check.lock;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LeasesTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void aSessionThatWasClosedStaysClosedWhenAnEarlierRenewalIsConfirmedAfterwards() {
        Leases.Session session = new Leases.Session(0, 3 * SECOND);
        session.onEnd(2 * SECOND);

        session.onRenewal(SECOND);

        assertThat(session.certainUntilNanos()).isEqualTo(2 * SECOND);
    }

    @Test
    void aRenewalCountsFromWhenItWasSent() {
        Leases.Session session = new Leases.Session(0, 2 * SECOND);

        session.onRenewal(SECOND);

        assertThat(session.certainUntilNanos()).isBetween(3 * SECOND - SECOND / 50, 3 * SECOND);
    }
}
