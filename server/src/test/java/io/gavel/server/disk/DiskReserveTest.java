package io.gavel.server.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class DiskReserveTest {
    private static final long SEGMENT = 10;

    private final AtomicLong snapshot = new AtomicLong(30);
    private final DiskReserve reserve = new DiskReserve(40, SEGMENT, snapshot::get);

    @Test
    void keepsRoomForASnapshotAndTwoSegmentsWhateverIsConfigured() {
        assertThat(reserve.bytes()).isEqualTo(50);
        snapshot.set(100);
        assertThat(reserve.bytes()).isEqualTo(120);
        snapshot.set(0);
        assertThat(reserve.bytes()).isEqualTo(40);
    }

    @Test
    void isShortBelowTheReserveAndRecoversByItselfWithASegmentToSpare() {
        assertThat(reserve.onUsable(50)).isFalse();
        assertThat(reserve.isShort()).isFalse();
        assertThat(reserve.onUsable(49)).isTrue();
        assertThat(reserve.isShort()).isTrue();
        assertThat(reserve.onUsable(59)).as("not for one write's worth").isFalse();
        assertThat(reserve.isShort()).isTrue();
        assertThat(reserve.onUsable(60)).isTrue();
        assertThat(reserve.isShort()).isFalse();
    }
}
