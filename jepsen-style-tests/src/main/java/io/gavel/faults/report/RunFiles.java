package io.gavel.faults.report;

import io.gavel.faults.check.Finding;
import io.gavel.faults.history.HistoryFiles;
import io.gavel.faults.sim.RunEvent;
import io.gavel.faults.sim.RunResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// The files that a reader of a run needs: history, trace, faults, timeline.
public final class RunFiles {
    private RunFiles() {}

    /// Writes them into a directory that exists; the run must have kept its events.
    public static void write(Path place, String title, RunResult result, List<Finding> findings) throws IOException {
        HistoryFiles.write(result.history(), place);
        Files.write(place.resolve("trace.txt"), trace(result.events()));
        Files.write(place.resolve("plan.txt"), result.plan());
        Files.writeString(
                place.resolve("timeline.html"),
                TimelineHtml.of(title, result.nodes(), result.events(), result.history(), findings));
    }

    private static List<String> trace(List<RunEvent> events) {
        return events.stream()
                .map(event -> String.format(
                        Locale.ROOT,
                        "%9d %12.6f %-13s %d %s %d",
                        event.number(),
                        event.atNanos() / 1e9,
                        event.kind(),
                        event.node(),
                        event.text(),
                        event.term()))
                .toList();
    }
}
