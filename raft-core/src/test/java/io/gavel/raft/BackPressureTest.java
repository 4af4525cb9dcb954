package io.gavel.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BackPressureTest {
    private final CoreFixture fixture = new CoreFixture(
            id -> CoreFixture.smallConfig(id).withLimits(new RaftConfig.Limits(8, 1_000, 4, 2_000, 100)));

    private long rejected() {
        return fixture.trace().stream()
                .filter(line -> line.contains("OVERLOADED"))
                .count();
    }

    private void propose(int count, int bytes, boolean priority) {
        for (int i = 0; i < count; i++) {
            fixture.step(1, new Event.Propose(i, Payload.wrap(new byte[bytes]), priority));
        }
    }

    @Test
    void refusesBeyondTheEntriesAndKeepsRoomForPriority() {
        fixture.run("cluster 3", "timeout 1", "settle", "cut 2", "cut 3");

        propose(10, 1, false);
        assertThat(rejected()).isEqualTo(2);
        propose(2, 1, true);
        assertThat(rejected()).isEqualTo(3);
        assertThat(fixture.status(1).lastEntry().index()).isEqualTo(10);
    }

    @Test
    void refusesBeyondTheBytesAndRecoversWithTheCommit() {
        fixture.run("cluster 3", "timeout 1", "settle", "cut 2", "cut 3");
        propose(4, 400, false);
        assertThat(rejected()).isEqualTo(2);

        fixture.run("heal", "elapse 1 100", "settle");
        propose(1, 400, false);

        assertThat(rejected()).isEqualTo(2);
        assertThat(fixture.status(1).commitIndex()).isEqualTo(3);
    }

    @Test
    void anEntryLargerThanAllTheRoomGoesAlone() {
        fixture.run("cluster 3", "timeout 1", "settle");

        propose(1, 5_000, false);
        fixture.run("settle");

        assertThat(fixture.status(2).lastApplied()).isEqualTo(2);
    }

    @Test
    void configurationNamesFieldLimitAndValue() {
        assertThatThrownBy(() -> new RaftConfig.Timing(1_000, 900, 1, 2, 3))
                .hasMessage("heartbeatIntervalNanos must be at most 250, was 900");
        assertThatThrownBy(() -> new RaftConfig.Flow(0, 1, 1, 1)).hasMessageContaining("maxAppendEntries");
    }
}
