package io.gavel.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Replays every file of `src/test/resources/scenarios` against a [CoreFixture] and compares the whole trace.
///
/// Lines that begin with two blanks are trace, all others are commands or `#` comments. After a wanted change of
/// behaviour, `-Dscenario.rewrite=true` writes the traces anew; read the difference before committing it.
class ScenarioTest {
    private static final Path SCENARIOS = Path.of("src/test/resources/scenarios");

    static List<Path> scenarios() throws IOException {
        try (Stream<Path> files = Files.list(SCENARIOS)) {
            return files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void followsItsTrace(Path scenario) throws IOException {
        List<String> expected = Files.readAllLines(scenario);

        List<String> actual = ScenarioReplay.of(expected);

        if (Boolean.getBoolean("scenario.rewrite")) {
            Files.write(scenario, actual);
        } else {
            assertThat(String.join("\n", actual)).isEqualTo(String.join("\n", expected));
        }
    }
}
