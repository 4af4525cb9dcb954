package io.gavel.faults.command;

import io.gavel.faults.sim.RunOptions;
import io.gavel.faults.sim.SimRun;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `faults hashes`: the trace hashes of seeds, for the process that compares them with its own.
@Command(name = "hashes", hidden = true)
final class HashesCommand implements Callable<Integer> {
    @Mixin
    private SimOptions simOptions = new SimOptions();

    @Parameters
    private List<Long> seeds = List.of();

    @Override
    public Integer call() {
        RunOptions options = simOptions.runOptions();
        for (long seed : seeds) {
            System.out.println(seed + " " + text(SimRun.run(seed, options).traceHash()));
        }
        return ExitCodes.PASSED;
    }

    static String text(long hash) {
        return String.format(Locale.ROOT, "%016x", hash);
    }
}
