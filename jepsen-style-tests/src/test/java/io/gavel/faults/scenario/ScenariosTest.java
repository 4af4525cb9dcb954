package io.gavel.faults.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.faults.seeded.SeededBug;
import io.gavel.faults.trial.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Plays every scenario once. That each sees its bugs is for `faults scenarios --prove`.
final class ScenariosTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    static List<Scenario> scenarios() {
        return Scenarios.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void holds(Scenario scenario) {
        Trial trial = scenario.play();

        assertThat(trial.message())
                .as("jepsen-style-tests/faults scenarios --only %s", scenario.name())
                .isEmpty();
        assertThat(trial.result().operations().ok())
                .as("operations of the story that succeeded; the shortest stories are of two grants")
                .isGreaterThanOrEqualTo(2);
    }

    @Test
    void everyScenarioHasBugsThatExistAndALineInTheTable() throws IOException {
        List<String> bugs = SeededBug.all(ROOT).stream().map(SeededBug::name).toList();
        String table = Files.readString(ROOT.resolve("docs/reference/scenarios.md"));
        List<String> names = new ArrayList<>();
        for (Scenario scenario : Scenarios.all()) {
            names.add(scenario.name());
            assertThat(bugs).as(scenario.name()).containsAll(scenario.bugs());
            assertThat(scenario.bugs()).as(scenario.name()).isNotEmpty();
        }
        for (CoreScenario scenario : CoreScenario.all()) {
            names.add(scenario.name());
            assertThat(bugs).as(scenario.name()).containsAll(scenario.bugs());
            assertThat(ROOT.resolve("raft-core/src/test/resources/scenarios/" + scenario.file() + ".txt"))
                    .exists();
        }
        assertThat(names).doesNotHaveDuplicates().allMatch(name -> table.contains("`" + name + "`"));
    }
}
