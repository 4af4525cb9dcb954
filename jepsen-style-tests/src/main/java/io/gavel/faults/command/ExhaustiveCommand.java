package io.gavel.faults.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gavel.faults.exhaustive.ExhaustiveRun;
import io.gavel.faults.trial.Trial;
import io.gavel.faults.trial.TrialReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `faults exhaustive`: one fixed script, and every case of what can go wrong on a disk.
@Command(
        name = "exhaustive",
        mixinStandardHelpOptions = true,
        description = "Crashes a fixed script in every disk operation of every member, and damages every record of"
                + " every file.")
final class ExhaustiveCommand implements Callable<Integer> {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /// Which of the runs.
    enum Part {
        CRASHES,
        DAMAGE
    }

    @Option(names = "--only", paramLabel = "PART", description = "Only one of ${COMPLETION-CANDIDATES}.")
    private @Nullable Part only;

    @Option(names = "--case", paramLabel = "ID", description = "Only this case, as a failure printed it.")
    private @Nullable String id;

    @Mixin
    private ReportOptions reporting = new ReportOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!reporting.isFormatKnown()) {
            return ExitCodes.SET_UP_FAILED;
        }
        TrialReport report = new TrialReport(reporting.out(), "exhaustive", "--case");
        if (id != null) {
            return repeat(id, report);
        }
        List<ExhaustiveRun> runs = new ArrayList<>();
        if (only != Part.DAMAGE) {
            runs.add(tell(ExhaustiveRun.crashes(), report));
        }
        if (only != Part.CRASHES) {
            runs.add(tell(ExhaustiveRun.damage(), report));
        }
        if (reporting.isJson()) {
            ArrayNode all = MAPPER.createArrayNode();
            for (ExhaustiveRun run : runs) {
                all.add(json(run, report));
            }
            System.out.println(all);
        }
        return exitCode(runs.stream().flatMap(run -> run.failures().stream()).toList());
    }

    private int repeat(String asked, TrialReport report) throws IOException {
        Trial trial;
        try {
            trial = ExhaustiveRun.repeat(asked);
        } catch (IllegalArgumentException unknown) {
            System.err.println("faults: " + unknown.getMessage());
            return ExitCodes.SET_UP_FAILED;
        }
        Path place = report.write(trial);
        if (reporting.isJson()) {
            System.out.println(describe(trial, report));
        } else {
            System.out.println(trial.verdict() + " " + trial.name() + " " + trial.message());
            trial.result().plan().forEach(fault -> System.out.println("  " + fault));
            trial.findings().forEach(System.out::println);
            System.out.println("  written to " + place);
        }
        return exitCode(trial.verdict() == Trial.Verdict.PASSED ? List.of() : List.of(trial));
    }

    private static int exitCode(List<Trial> failures) {
        if (failures.isEmpty()) {
            return ExitCodes.PASSED;
        }
        boolean undecided = failures.stream().allMatch(trial -> trial.verdict() == Trial.Verdict.UNDECIDED);
        return undecided ? ExitCodes.UNDECIDED : ExitCodes.VIOLATED;
    }

    private ExhaustiveRun tell(ExhaustiveRun run, TrialReport report) throws IOException {
        for (Trial failure : run.failures()) {
            report.write(ExhaustiveRun.repeat(failure.name()));
        }
        if (reporting.isJson()) {
            return run;
        }
        System.out.println(String.format(
                Locale.ROOT,
                "%s: %d cases in %.0f s, %d failed",
                run.name(),
                run.cases(),
                run.seconds(),
                run.failures().size()));
        run.counts().forEach((what, count) -> System.out.println("  " + count + " " + what));
        for (Trial failure : run.failures()) {
            System.out.println(failure.verdict() + " " + failure.name() + " " + failure.message());
            System.out.println("  repeat: " + report.reproduction(failure));
        }
        return run;
    }

    private static ObjectNode json(ExhaustiveRun run, TrialReport report) {
        ObjectNode node = MAPPER.createObjectNode()
                .put("run", run.name())
                .put("passed", run.failures().isEmpty())
                .put("cases", run.cases())
                .put("seconds", run.seconds());
        node.set("counts", MAPPER.valueToTree(run.counts()));
        ArrayNode failures = node.putArray("failures");
        run.failures().forEach(failure -> failures.add(describe(failure, report)));
        return node;
    }

    private static ObjectNode describe(Trial trial, TrialReport report) {
        return MAPPER.createObjectNode()
                .put("case", trial.name())
                .put("verdict", trial.verdict().name().toLowerCase(Locale.ROOT))
                .put("check", trial.check())
                .put("message", trial.message())
                .put("repeat", report.reproduction(trial));
    }
}
