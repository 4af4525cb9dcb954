package io.gavel.faults.trial;

import io.gavel.faults.report.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes down a failed trial for a reader, and says which line repeats it.
public final class TrialReport {
    private final Path directory;
    private final String command;
    private final String option;

    /// `command` is the command of `faults`, `option` the one that names a trial.
    public TrialReport(Path directory, String command, String option) {
        this.directory = directory;
        this.command = command;
        this.option = option;
    }

    /// The one line that repeats it.
    public String reproduction(Trial trial) {
        return "jepsen-style-tests/faults " + command + " " + option + " " + trial.name() + " --commit "
                + System.getProperty("gavel.commit", "unknown");
    }

    /// Writes a trial whose run kept its events, and returns where.
    public Path write(Trial trial) throws IOException {
        Path place = Files.createDirectories(directory.resolve(command + "-" + trial.name()));
        RunFiles.write(place, trial.name() + ": " + trial.check(), trial.result(), trial.findings());
        List<String> report = new ArrayList<>(List.of(reproduction(trial), trial.message()));
        trial.findings().forEach(finding -> report.add(finding.toString()));
        Files.write(place.resolve("report.txt"), report);
        return place;
    }
}
