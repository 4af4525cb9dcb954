package io.gavel.faults.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Runs a sample of seeds again in another JVM: iteration orders are salted for each JVM, so only equal trace hashes
/// show that a seed is the whole of a run.
final class SecondJvm {
    private final List<String> arguments;

    SecondJvm(List<String> arguments) {
        this.arguments = arguments;
    }

    /// Whether every seed of the sample has the same trace hash there; differences are told.
    boolean agrees(List<Outcome> sample, Consumer<String> notes) throws IOException, InterruptedException {
        if (sample.isEmpty()) {
            return true;
        }
        Map<Long, String> hashes = hashes(sample);
        boolean agrees = true;
        for (Outcome outcome : sample) {
            long seed = outcome.result().seed();
            String here = HashesCommand.text(outcome.result().traceHash());
            String there = hashes.get(seed);
            if (!here.equals(there)) {
                agrees = false;
                notes.accept("NOT DETERMINISTIC: seed " + seed + " has trace hash " + here + " here and " + there
                        + " in another JVM");
            }
        }
        if (agrees) {
            notes.accept(sample.size() + " of the seeds have the same trace hash in another JVM");
        }
        return agrees;
    }

    private Map<Long, String> hashes(List<Outcome> sample) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(jvm());
        command.addAll(List.of(
                // For so few seeds optimised code costs twice what it saves.
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Objects.requireNonNull(System.getProperty("java.class.path")),
                FaultsMain.class.getName(),
                "hashes"));
        command.addAll(arguments);
        sample.forEach(outcome -> command.add(Long.toString(outcome.result().seed())));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Map<Long, String> hashes = new TreeMap<>();
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", 2);
                hashes.put(Long.valueOf(words[0]), words[1]);
            }
        }
        if (process.waitFor() != 0) {
            throw new IOException("the second JVM ended with exit code " + process.exitValue());
        }
        return hashes;
    }

    /// The JVM of this process with the options that another one needs.
    static List<String> jvm() {
        String java = Path.of(Objects.requireNonNull(System.getProperty("java.home")), "bin", "java")
                .toString();
        return List.of(
                java,
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow");
    }
}
