package io.gavel.faults.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Runs seeds one after the other and prints what they showed: `FIRST_SEED COUNT [NODES]`.
public final class SimRunMain {
    private SimRunMain() {}

    /// Exits with 1 when a check failed.
    ///
    /// @param args first seed, how many, nodes (0 = drawn)
    public static void main(String[] args) {
        long first = Long.parseLong(args[0]);
        int count = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        RunOptions options = RunOptions.DEFAULT.withNodes(args.length > 2 ? Integer.parseInt(args[2]) : 0);
        options = count == 1 ? options.withEvents() : options;
        List<RunResult> results = new ArrayList<>();
        int violated = 0;
        for (long seed = first; seed < first + count; seed++) {
            RunResult result = SimRun.run(seed, options);
            results.add(result);
            violated += result.violation() == null ? 0 : 1;
            print(result, count == 1);
        }
        summary(results, violated);
        System.exit(violated == 0 ? 0 : 1);
    }

    private static void print(RunResult result, boolean whole) {
        if (whole) {
            result.plan().forEach(System.out::println);
            result.events()
                    .forEach(event -> System.out.printf(
                            "%8d %10.4f %-13s n%d %s %d%n",
                            event.number(),
                            event.atNanos() / 1e9,
                            event.kind(),
                            event.node(),
                            event.text(),
                            event.term()));
        }
        RunResult.Violation violation = result.violation();
        if (whole || violation != null || result.isVacuous()) {
            System.out.printf(
                    "seed %d nodes %d hash %016x virtual %.1f s cpu %.3f s events %d ops %s faults %s%n",
                    result.seed(),
                    result.nodes(),
                    result.traceHash(),
                    result.virtualNanos() / 1e9,
                    result.cpuNanos() / 1e9,
                    result.eventCount(),
                    result.operations(),
                    result.faults());
        }
        if (violation != null) {
            System.out.printf(
                    "VIOLATION seed %d %s at %.4f s (event %d): %s%n",
                    result.seed(),
                    violation.check(),
                    violation.atNanos() / 1e9,
                    violation.eventNumber(),
                    violation.message());
        }
    }

    private static void summary(List<RunResult> results, int violated) {
        SortedMap<String, Long> reached = new TreeMap<>();
        double cpu = 0;
        double virtual = 0;
        int vacuous = 0;
        for (RunResult result : results) {
            cpu += result.cpuNanos() / 1e9;
            virtual += result.virtualNanos() / 1e9;
            vacuous += result.isVacuous() ? 1 : 0;
            result.reached().forEach((situation, times) -> reached.merge(situation, times, Long::sum));
        }
        System.out.printf(
                "%d seeds, %d violated, %d vacuous, %.1f s cpu, %.0f times real time%n",
                results.size(), violated, vacuous, cpu, virtual / cpu);
        System.out.printf(
                "medians: %d operations, %d ok, %d faults of %d kinds%n",
                median(results, result -> result.operations().all()),
                median(results, result -> result.operations().ok()),
                median(results, result -> result.plan().size()),
                median(results, result -> result.faults().size()));
        reached.forEach((situation, times) -> System.out.printf("%8d %s%n", times, situation));
    }

    private static int median(List<RunResult> results, java.util.function.ToIntFunction<RunResult> value) {
        return results.stream()
                .mapToInt(value)
                .sorted()
                .skip(results.size() / 2)
                .findFirst()
                .orElse(0);
    }
}
