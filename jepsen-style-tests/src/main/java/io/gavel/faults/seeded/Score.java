package io.gavel.faults.seeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of one bug before one simulator.
///
/// @param runs how many seeds were run
/// @param seconds how long it was looked for
public record Score(
        String simulator, boolean killed, int runs, String seed, String check, String message, int seconds) {
    /// The line of a table of scores.
    public String line(SeededBug bug) {
        String fate = killed ? "killed   " : "SURVIVED ";
        String how = killed ? " by " + check + ", seed " + seed : "";
        return fate + " " + bug.name() + "  (" + simulator + ")" + how + " after " + runs + " seeds, " + seconds + " s";
    }

    /// Keeps it in a file.
    void write(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(
                file,
                List.of(
                        simulator,
                        Boolean.toString(killed),
                        Integer.toString(runs),
                        seed,
                        check,
                        message,
                        Integer.toString(seconds)));
    }

    /// Reads a kept one; null if there is none, or if it survived for less than the budget.
    static @Nullable Score read(Path file, int budgetSeconds) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        List<String> lines = Files.readAllLines(file);
        var score = new Score(
                lines.get(0),
                Boolean.parseBoolean(lines.get(1)),
                Integer.parseInt(lines.get(2)),
                lines.get(3),
                lines.get(4),
                lines.get(5),
                Integer.parseInt(lines.get(6)));
        return score.killed || score.seconds >= budgetSeconds ? score : null;
    }
}
