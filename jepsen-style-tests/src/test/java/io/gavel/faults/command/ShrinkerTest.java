package io.gavel.faults.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.faults.history.History;
import io.gavel.faults.sim.RunOptions;
import io.gavel.faults.sim.RunResult;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ShrinkerTest {
    private static final int FAULTS = 30;

    /// A run of a plan of thirty faults that fails if all of these remain.
    private static RunResult run(long seed, RunOptions options, Set<Integer> culprits) {
        Set<Integer> left = new TreeSet<>(culprits);
        left.removeAll(options.skipFaults());
        boolean fails = left.equals(culprits);
        List<String> plan = IntStream.rangeClosed(1, FAULTS)
                .filter(number -> !options.skipFaults().contains(number))
                .mapToObj(number -> String.format("%3d   1.000 s KILL: n1", number))
                .toList();
        return new RunResult(
                seed,
                options,
                3,
                0,
                1,
                1,
                1,
                new RunResult.Operations(10, 0, 0),
                new TreeMap<>(),
                plan,
                new TreeMap<>(),
                fails ? new RunResult.Violation("I6", "two entries at one index", 9, 9) : null,
                List.of(),
                new History());
    }

    private static Set<Integer> needed(Set<Integer> culprits) {
        Simulation simulation = (seed, options) -> run(seed, options, culprits);
        Outcome failure = Outcome.of(simulation, 1, RunOptions.DEFAULT);
        Set<Integer> needed = new TreeSet<>();
        IntStream.rangeClosed(1, FAULTS).forEach(needed::add);
        needed.removeAll(new Shrinker(simulation, failure, RunOptions.DEFAULT, Long.MAX_VALUE).needless());
        return needed;
    }

    @Test
    void leavesOnlyWhatTheFailureNeeds() {
        assertThat(needed(new TreeSet<>(List.of(17)))).containsExactly(17);
        assertThat(needed(new TreeSet<>(List.of(3, 7, 29)))).containsExactly(3, 7, 29);
    }

    @Test
    void leavesNothingIfTheFailureNeedsNoFault() {
        assertThat(needed(new TreeSet<>())).isEmpty();
    }
}
