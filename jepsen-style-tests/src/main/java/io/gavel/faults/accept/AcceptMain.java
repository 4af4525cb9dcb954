package io.gavel.faults.accept;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// Runs the points that are named, or all: `[--short] [POINT ...]`. Exit code 0 if every limit held, else 1.
public final class AcceptMain {
    private static final Map<Integer, Probe> PROBES = new TreeMap<>(Map.of(
            3, new DevProbe(),
            4, new KillProbe(),
            5, new LargeStateProbe(),
            6, new CounterProbe(),
            7, new PausedHolderProbe(),
            9, new ThroughputProbe()));

    private AcceptMain() {}

    /// Entry point of `jepsen-style-tests/accept`.
    public static void main(String[] args) throws Exception {
        boolean isShort = false;
        List<Integer> points = new ArrayList<>();
        for (String arg : args) {
            if (arg.equals("--short")) {
                isShort = true;
            } else if (arg.matches("\\d+") && PROBES.containsKey(Integer.parseInt(arg))) {
                points.add(Integer.parseInt(arg));
            } else {
                System.err.println("accept: unknown point '" + arg + "'; known here: " + PROBES.keySet());
                System.exit(2);
            }
        }
        if (points.isEmpty()) {
            points.addAll(PROBES.keySet());
        }
        boolean failed = false;
        for (int point : points) {
            Verdicts verdicts = new Verdicts(point, Scale.of(isShort));
            try {
                Objects.requireNonNull(PROBES.get(point)).measure(verdicts);
            } catch (Exception broken) {
                verdicts.holds("ran to its end, but " + broken, false);
                broken.printStackTrace(System.out);
            }
            failed |= verdicts.hasFailed();
        }
        System.exit(failed ? 1 : 0);
    }
}
