package io.gavel.faults.command;

import io.gavel.faults.sim.RunOptions;
import io.gavel.faults.sim.SimRun;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `faults sim`: production nodes and clients on virtual time, from seeds.
@Command(
        name = "sim",
        mixinStandardHelpOptions = true,
        description =
                "Runs the simulated cluster: one seed again, or kept and fresh seeds. Stops at the first failure.")
final class SimCommand implements Callable<Integer> {
    private static final Duration SHRINKING = Duration.ofSeconds(60);
    private static final int REPEATED_SHARE = 100;
    private static final int DEFAULT_SEEDS = 100;
    /// So many runs are a nightly batch, which must have come into every situation that counts.
    private static final int NIGHTLY_RUNS = 2_000;

    @ArgGroup
    private @Nullable Amount amount;

    @Mixin
    private SimOptions simOptions = new SimOptions();

    @Mixin
    private ReportOptions reporting = new ReportOptions();

    @Option(
            names = "--goals",
            description = "Fails when a situation that must be tested never came up; always so from 2,000 runs on.")
    private boolean goals;

    private final Statistics statistics = new Statistics();
    private final List<Outcome> failures = new ArrayList<>();
    private final List<Outcome> sample = new ArrayList<>();

    /// Which seeds.
    static final class Amount {
        @Option(names = "--seed", paramLabel = "N", description = "Only this seed.")
        private @Nullable Long seed;

        @Option(names = "--seeds", paramLabel = "K", description = "Kept seeds and K fresh ones.")
        private @Nullable Integer seeds;

        @Option(
                names = "--minutes",
                paramLabel = "M",
                description = "Kept seeds and fresh ones until M minutes passed.")
        private @Nullable Double minutes;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!reporting.isFormatKnown()) {
            return ExitCodes.SET_UP_FAILED;
        }
        RunOptions options = simOptions.runOptions();
        long fresh = Seeds.fresh();
        long deadline = Long.MAX_VALUE;
        Iterator<Long> seeds = row(fresh, DEFAULT_SEEDS);
        if (amount != null && amount.seed != null) {
            seeds = List.of(amount.seed).iterator();
        } else if (amount != null && amount.minutes != null) {
            seeds = row(fresh, Integer.MAX_VALUE);
            deadline = System.nanoTime() + (long) (amount.minutes * 60e9);
        } else if (amount != null && amount.seeds != null) {
            seeds = row(fresh, amount.seeds);
        }
        if (amount == null || amount.seed == null) {
            note("fresh seeds from " + fresh);
        }
        new Batch(SimRun::run, options, seeds, deadline, this::onOutcome).run();
        var report = new FailureReport(SimRun::run, options, simOptions.arguments(), reporting.out());
        boolean differs = !new SecondJvm(simOptions.arguments()).agrees(sample, this::note);
        return conclude(report, differs);
    }

    private static Iterator<Long> row(long fresh, int count) {
        return Stream.concat(
                        Seeds.kept().stream(),
                        LongStream.range(fresh, fresh + count).boxed())
                .iterator();
    }

    private void onOutcome(Outcome outcome) {
        statistics.add(outcome.result());
        if (statistics.runs() % REPEATED_SHARE == 1) {
            sample.add(outcome);
        }
        if (outcome.verdict() != Outcome.Verdict.PASSED) {
            failures.add(outcome);
        }
    }

    private int conclude(FailureReport report, boolean differs) throws IOException {
        var places = new ArrayList<Path>();
        for (Outcome failure : failures) {
            places.add(report.write(failure, SHRINKING));
        }
        boolean vacuous = (goals || statistics.runs() >= NIGHTLY_RUNS)
                && !statistics.unreached().isEmpty();
        boolean passed = failures.isEmpty() && !differs && !vacuous;
        if (reporting.isJson()) {
            System.out.println(SimJson.of(statistics, failures, places, report, differs, passed));
        } else {
            print(report, places);
        }
        if (vacuous) {
            note("vacuous: " + statistics.runs() + " runs never came to what is marked so");
        }
        boolean undecided = failures.stream().allMatch(failure -> failure.verdict() == Outcome.Verdict.UNDECIDED);
        if (passed) {
            return ExitCodes.PASSED;
        }
        return undecided && !differs && !vacuous ? ExitCodes.UNDECIDED : ExitCodes.VIOLATED;
    }

    private void print(FailureReport report, List<Path> places) {
        System.out.println(statistics);
        statistics.reached().forEach((what, times) -> System.out.println("  reached " + times + " times: " + what));
        statistics.unreached().forEach(goal -> System.out.println("  NEVER reached: " + goal));
        for (int i = 0; i < failures.size(); i++) {
            Outcome failure = failures.get(i);
            System.out.println(failure.verdict() + " " + failure.message());
            failure.findings().forEach(System.out::println);
            System.out.println("  written to " + places.get(i));
            System.out.println(
                    "  repeat: " + report.reproduction(failure.result().seed()));
        }
    }

    private void note(String text) {
        (reporting.isJson() ? System.err : System.out).println(text);
    }
}
