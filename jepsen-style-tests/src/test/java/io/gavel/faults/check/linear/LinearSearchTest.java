package io.gavel.faults.check.linear;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.faults.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Against an enumeration of every order, on histories small enough for it; and that large ones are decided.
final class LinearSearchTest {
    private static final long BUDGET_NODES = 300_000;

    @Test
    void judgesSmallHistoriesAsEveryOrderTried() {
        int orders = 0;
        int impossible = 0;
        for (long seed = 0; seed < 12_000; seed++) {
            var random = new SplittableRandom(seed);
            boolean joined = random.nextBoolean();
            var source = new RandomHistory(
                    seed, joined ? 2 : 1, random.nextInt(4), random.nextInt(4) * 0.2, joined, random.nextBoolean());
            List<Operation> history = new ArrayList<>(source.draw(2 + random.nextInt(2), 2));
            for (int mutations = random.nextInt(3); mutations > 0; mutations--) {
                history.replaceAll(operation -> random.nextInt(3) == 0 ? source.mutated(operation) : operation);
            }
            boolean trustsVersions = random.nextBoolean();
            boolean ordered = new BruteForce(trustsVersions).hasOrder(history);
            assertThat(new KeyGroup(history).search(trustsVersions, BUDGET_NODES))
                    .as("seed=%d versions=%s %s", seed, trustsVersions, history)
                    .isEqualTo(ordered ? LinearSearch.Verdict.ORDERED : LinearSearch.Verdict.IMPOSSIBLE);
            orders += ordered ? 1 : 0;
            impossible += ordered ? 0 : 1;
        }
        assertThat(orders).isGreaterThan(2_000);
        assertThat(impossible).isGreaterThan(2_000);
    }

    @ParameterizedTest
    @CsvSource({"0, 100, 0.05", "3, 100, 0.05", "0, 25, 0.2", "3, 25, 0.2"})
    void decidesLongHistoriesWithManyUnknownOperations(int values, int operationsEach, double unknownShare) {
        for (long seed = 0; seed < 10; seed++) {
            List<Operation> history =
                    new RandomHistory(seed, 1, values, unknownShare, false, seed % 2 == 0).draw(8, operationsEach);
            for (boolean trustsVersions : List.of(true, false)) {
                assertThat(new KeyGroup(history).search(trustsVersions, BUDGET_NODES))
                        .as("seed=%d versions=%s", seed, trustsVersions)
                        .isEqualTo(LinearSearch.Verdict.ORDERED);
            }
        }
    }

    @Test
    void saysUndecidedWhenTheBudgetIsSpent() {
        List<Operation> history = new RandomHistory(1, 1, 0, 0.3, false, false).draw(4, 20);
        assertThat(new KeyGroup(history).search(true, 5)).isEqualTo(LinearSearch.Verdict.UNDECIDED);
    }
}
