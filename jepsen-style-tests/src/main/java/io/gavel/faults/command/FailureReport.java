package io.gavel.faults.command;

import io.gavel.faults.report.RunFiles;
import io.gavel.faults.sim.RunOptions;
import io.gavel.faults.sim.RunResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Repeats a failed run, shrinks its faults, and writes down what a reader needs.
final class FailureReport {
    private final Simulation simulation;
    private final RunOptions options;
    private final List<String> arguments;
    private final Path directory;

    FailureReport(Simulation simulation, RunOptions options, List<String> arguments, Path directory) {
        this.simulation = simulation;
        this.options = options;
        this.arguments = arguments;
        this.directory = directory;
    }

    /// The one line that repeats a run.
    String reproduction(long seed) {
        var line = new ArrayList<>(List.of("jepsen-style-tests/faults", "sim", "--seed", Long.toString(seed)));
        line.addAll(arguments);
        line.addAll(List.of("--commit", System.getProperty("gavel.commit", "unknown")));
        return String.join(" ", line);
    }

    /// Writes `seed-N` with the report, history, trace, plans and timeline, and returns it.
    ///
    /// @param shrinking how long to look for a smaller plan
    Path write(Outcome failure, Duration shrinking) throws IOException {
        long seed = failure.result().seed();
        Path place = Files.createDirectories(directory.resolve("seed-" + seed));
        Outcome again = Outcome.of(simulation, seed, options.withEvents());
        RunResult result = again.result();
        RunFiles.write(place, "seed " + seed + ": " + failure.check(), result, again.findings());
        List<String> small = shrunk(again, shrinking);
        Files.write(place.resolve("shrunk-plan.txt"), small);
        var report = new ArrayList<>(List.of(
                reproduction(seed),
                failure.message(),
                "faults: " + result.plan().size() + " in the plan, " + small.size() + " needed",
                again.result().traceHash() == failure.result().traceHash()
                        ? "repeated with the same trace hash"
                        : "NOT DETERMINISTIC: repeated with another trace hash"));
        again.findings().forEach(finding -> report.add(finding.toString()));
        Files.write(place.resolve("report.txt"), report);
        return place;
    }

    private List<String> shrunk(Outcome failure, Duration time) {
        if (failure.verdict() == Outcome.Verdict.PASSED) {
            return failure.result().plan();
        }
        Set<Integer> needless =
                new Shrinker(simulation, failure, options, System.nanoTime() + time.toNanos()).needless();
        return failure.result().plan().stream()
                .filter(fault -> !needless.contains(Shrinker.number(fault)))
                .toList();
    }
}
