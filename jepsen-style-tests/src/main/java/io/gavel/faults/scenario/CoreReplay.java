package io.gavel.faults.scenario;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Replays scenarios of raft-core in a JVM of their own, because they are part of that module's tests.
public final class CoreReplay {
    private static final String MAIN = "io.gavel.raft.ScenarioMain";

    private final Path root;
    private final List<String> java;

    /// @param java a JVM with its options, without class path and main class
    public CoreReplay(Path root, List<String> java) {
        this.root = root;
        this.java = java;
    }

    /// Why each of the files does not follow its trace, by file; empty = it does.
    public SortedMap<String, String> failures(String classPath, List<String> files)
            throws IOException, InterruptedException {
        Path tests = root.resolve("raft-core/target/test-classes");
        List<String> command = new ArrayList<>(java);
        command.addAll(List.of("-cp", classPath + ":" + tests, MAIN));
        files.forEach(file -> command.add(root.resolve("raft-core/src/test/resources/scenarios/" + file + ".txt")
                .toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> said;
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            said = lines.lines().toList();
        }
        if (process.waitFor() != 0 || said.size() != files.size()) {
            throw new IOException("the scenarios of raft-core could not be replayed: " + said);
        }
        TreeMap<String, String> failures = new TreeMap<>();
        for (int i = 0; i < files.size(); i++) {
            failures.put(files.get(i), said.get(i).equals("follows") ? "" : said.get(i));
        }
        return failures;
    }
}
