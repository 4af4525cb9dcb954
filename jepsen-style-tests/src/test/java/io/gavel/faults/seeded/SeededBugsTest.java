package io.gavel.faults.seeded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SeededBugsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    static List<SeededBug> bugs() throws IOException {
        return SeededBug.all(ROOT);
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void appliesToTheTree(SeededBug bug) throws IOException, InterruptedException {
        assertThat(Planting.applies(ROOT, bug)).as("mend %s", bug.patch()).isEmpty();
        assertThat(bug.description()).as("its first line").isNotBlank().endsWith(".");
        assertThat(bug.files()).as("what it changes").isNotEmpty();
    }

    @Test
    void thereAreEnoughInEveryPart() throws IOException {
        List<SeededBug> bugs = bugs();
        assertThat(bugs.stream().filter(bug -> !bug.control())).hasSizeGreaterThanOrEqualTo(40);
        assertThat(bugs.stream().filter(SeededBug::control)).hasSizeGreaterThanOrEqualTo(4);
        var rooms = new TreeSet<String>();
        for (SeededBug bug : bugs) {
            bug.files()
                    .forEach(file ->
                            rooms.add(file.getName(file.getNameCount() - 2).toString()));
        }
        assertThat(rooms).contains("raft", "storage", "snapshot", "session", "lock", "watch", "config", "kv", "core");
    }
}
