package io.gavel.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RevisionWaitsTest {
    private final Set<Runnable> scheduled = new LinkedHashSet<>();
    private final List<Boolean> told = new ArrayList<>();
    private final RevisionWaits waits = new RevisionWaits(this::schedule, () -> 0);

    private Timers.Scheduled schedule(long delayNanos, Runnable task) {
        scheduled.add(task);
        return () -> scheduled.remove(task);
    }

    @Test
    void aWaitThatTheRevisionEndedLeavesNoTimer() {
        for (int i = 1; i <= 100; i++) {
            waits.add(i, 60_000_000_000L, told::add);
            waits.release(i);
        }

        assertThat(told).hasSize(100).containsOnly(true);
        assertThat(scheduled).isEmpty();
    }

    @Test
    void aWaitWhoseDeadlineComesFirstIsToldSoOnce() {
        waits.add(1, 60_000_000_000L, told::add);

        List.copyOf(scheduled).forEach(Runnable::run);
        waits.release(1);

        assertThat(told).containsExactly(false);
    }
}
