package io.gavel.faults.command;

import io.gavel.faults.sim.RunResult;
import io.gavel.faults.sim.check.Goal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/// What the runs of a batch were: medians, so that one long run does not hide many empty ones.
final class Statistics {
    private final List<RunSize> runs = new ArrayList<>();
    private final SortedMap<String, Long> reached = new TreeMap<>();

    /// The size of one run, without its history.
    private record RunSize(
            double virtualSeconds, int operations, double okShare, int faults, int kinds, double cpuSeconds) {}

    void add(RunResult result) {
        int all = result.operations().all();
        runs.add(new RunSize(
                result.virtualNanos() / 1e9,
                all,
                all == 0 ? 0 : (double) result.operations().ok() / all,
                result.plan().size(),
                result.faults().size(),
                result.cpuNanos() / 1e9));
        result.reached().forEach((goal, times) -> reached.merge(goal, times, Long::sum));
    }

    int runs() {
        return runs.size();
    }

    SortedMap<String, Long> reached() {
        return reached;
    }

    /// The goals that no run came to.
    List<String> unreached() {
        return Arrays.stream(Goal.values())
                .map(Goal::text)
                .filter(goal -> !reached.containsKey(goal))
                .toList();
    }

    SortedMap<String, Double> medians() {
        var medians = new TreeMap<String, Double>();
        medians.put("virtualSeconds", median(RunSize::virtualSeconds));
        medians.put("operations", median(RunSize::operations));
        medians.put("okShare", median(RunSize::okShare));
        medians.put("faults", median(RunSize::faults));
        medians.put("faultKinds", median(RunSize::kinds));
        return medians;
    }

    /// How much faster than real time a core lives.
    double speed() {
        double cpu = runs.stream().mapToDouble(RunSize::cpuSeconds).sum();
        return cpu == 0 ? 0 : runs.stream().mapToDouble(RunSize::virtualSeconds).sum() / cpu;
    }

    private double median(ToDoubleFunction<RunSize> value) {
        double[] sorted = runs.stream().mapToDouble(value).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d runs; medians: %.1f s of virtual time, %.0f operations, %.0f %% ok, %.0f faults of %.0f kinds;"
                        + " %.0f times real time on a core",
                runs.size(),
                median(RunSize::virtualSeconds),
                median(RunSize::operations),
                100 * median(RunSize::okShare),
                median(RunSize::faults),
                median(RunSize::kinds),
                speed());
    }
}
