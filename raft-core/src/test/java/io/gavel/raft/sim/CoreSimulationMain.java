package io.gavel.raft.sim;

import io.gavel.raft.check.InvariantViolation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Runs seeds from the command line: `hash SEED`, or `run FIRST COUNT`. Exit code 1 and one line at a violation.
final class CoreSimulationMain {
    private CoreSimulationMain() {}

    static void main(String[] args) {
        if (args.length == 2 && args[0].equals("hash")) {
            System.out.println(
                    Long.toHexString(CoreSimulation.run(Long.parseLong(args[1])).traceHash()));
            return;
        }
        if (args.length != 3 || !args[0].equals("run")) {
            System.err.println("usage: hash SEED | run FIRST COUNT");
            System.exit(2);
        }
        long first = Long.parseLong(args[1]);
        long count = Long.parseLong(args[2]);
        List<CoreSimulation.Report> reports = new ArrayList<>();
        long started = System.nanoTime();
        for (long seed = first; seed < first + count; seed++) {
            try {
                reports.add(runOrExplain(seed));
            } catch (AssertionError violation) {
                System.out.println(violation.getMessage());
                System.exit(1);
            }
        }
        print(reports, Duration.ofNanos(System.nanoTime() - started));
    }

    /// The report of the run, or an AssertionError whose message names the seed, the options and the violation.
    static CoreSimulation.Report runOrExplain(long seed) {
        try {
            return CoreSimulation.run(seed);
        } catch (RuntimeException | Error failure) {
            boolean named = failure instanceof SimulationFailure || failure instanceof InvariantViolation;
            String what = named ? failure.getMessage() : failure.toString();
            throw new AssertionError("seed=" + seed + ": " + what + "\n" + SimOptions.draw(seed), failure);
        }
    }

    static void print(List<CoreSimulation.Report> reports, Duration took) {
        long changes = reports.stream().filter(r -> r.leaderChanges() > 1).count();
        System.out.printf(
                Locale.ROOT,
                "core simulation: %d seeds in %.1f s; a leader change in %d; medians: %d leaders, %d acknowledged, "
                        + "%d committed, %d faults; liveness excused in %d%n",
                reports.size(),
                took.toMillis() / 1_000.0,
                changes,
                median(reports.stream().map(r -> (long) r.leaderChanges()).toList()),
                median(reports.stream().map(CoreSimulation.Report::acknowledged).toList()),
                median(reports.stream().map(CoreSimulation.Report::committed).toList()),
                median(reports.stream().map(r -> (long) r.faults()).toList()),
                reports.stream().filter(CoreSimulation.Report::livenessExcused).count());
    }

    private static long median(List<Long> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElse(0L);
    }
}
