package io.gavel.faults.command;

import io.gavel.faults.sim.RunOptions;
import io.gavel.faults.sim.SimRun;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `faults hunt`: looks for a failure among fixed seeds and prints the first, for the process that planted a bug.
@Command(name = "hunt", hidden = true)
final class HuntCommand implements Callable<Integer> {
    @Mixin
    private SimOptions simOptions = new SimOptions();

    @Option(names = "--seeds", defaultValue = "2000")
    private int count;

    @Option(names = "--seconds", defaultValue = "600")
    private int seconds;

    private int runs;
    private @Nullable Outcome failure;

    @Override
    public Integer call() throws InterruptedException {
        RunOptions options = simOptions.runOptions();
        List<Long> kept = Seeds.kept();
        var seeds = Stream.concat(
                        kept.stream(), LongStream.rangeClosed(1, count).boxed())
                .iterator();
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        new Batch(SimRun::run, options, seeds, deadline, this::onOutcome).run();
        Outcome found = failure;
        if (found == null) {
            System.out.println("survived\t" + runs);
            return ExitCodes.PASSED;
        }
        System.out.println("killed\t" + runs + "\t" + found.result().seed() + "\t" + found.check() + "\t"
                + found.message().lines().findFirst().orElse(""));
        return found.verdict() == Outcome.Verdict.UNDECIDED ? ExitCodes.UNDECIDED : ExitCodes.VIOLATED;
    }

    private void onOutcome(Outcome outcome) {
        runs++;
        if (outcome.verdict() != Outcome.Verdict.PASSED && failure == null) {
            failure = outcome;
        }
    }
}
