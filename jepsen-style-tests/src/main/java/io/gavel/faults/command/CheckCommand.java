package io.gavel.faults.command;

import io.gavel.faults.check.Finding;
import io.gavel.faults.check.Judge;
import io.gavel.faults.history.History;
import io.gavel.faults.history.HistoryFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `faults check`: judges a history that was written down, by whomever.
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = "Judges the history*.jsonl and events.jsonl of a directory again.")
final class CheckCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Where the history is.")
    private Path directory = Path.of(".");

    @Override
    public Integer call() throws IOException {
        History history = HistoryFiles.read(directory);
        List<Finding> findings = Judge.withAllChecks().judge(history);
        findings.forEach(System.out::println);
        System.out.println(
                history.operations().size() + " operations, " + history.events().size() + " events: "
                        + (findings.isEmpty() ? "nothing against them" : findings.size() + " findings"));
        if (findings.isEmpty()) {
            return ExitCodes.PASSED;
        }
        boolean violated = findings.stream().anyMatch(finding -> finding.kind() == Finding.Kind.VIOLATED);
        return violated ? ExitCodes.VIOLATED : ExitCodes.UNDECIDED;
    }
}
