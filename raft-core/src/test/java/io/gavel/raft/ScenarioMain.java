package io.gavel.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Replays scenario files for a process that planted a bug in the core: one line a file, `follows` or what differs
/// first.
final class ScenarioMain {
    private ScenarioMain() {}

    public static void main(String[] files) throws IOException {
        for (String file : files) {
            System.out.println(difference(Files.readAllLines(Path.of(file))));
        }
    }

    private static String difference(List<String> expected) {
        List<String> actual;
        try {
            actual = ScenarioReplay.of(expected);
        } catch (RuntimeException | AssertionError broken) {
            return "fails: " + broken.toString().lines().findFirst().orElse("");
        }
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            String wanted = i < expected.size() ? expected.get(i).strip() : "the end";
            String found = i < actual.size() ? actual.get(i).strip() : "the end";
            if (!wanted.equals(found)) {
                return "line " + (i + 1) + ": '" + found + "' instead of '" + wanted + "'";
            }
        }
        return "follows";
    }
}
