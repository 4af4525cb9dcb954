package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.RunOptions;
import io.gavel.faults.sim.time.Draws;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// When which fault happens: drawn before the run begins, so that leaving one out moves no other.
///
/// Of all kinds most are off in most runs, so that a few can dominate; those that are on have rates from a wide range.
public record Plan(List<Fault> faults) {
    /// One fault; everything about it that is drawn comes from `seed`.
    public record Fault(int number, long atNanos, FaultKind kind, long seed) {}

    private static final long FIRST_NANOS = 3_000_000_000L;
    private static final int MIN_KINDS = 3;
    private static final double CLIENT_WEIGHT = 3;
    private static final double MAX_CLIENT_SHARE_OF_STORM = 0.4;

    /// How many messages in a row a storm leaves time for between two faults, beside what it does in any network.
    private static final long CALM_MESSAGES = 10;

    /// Between two of them, so that there is time to live in: a cluster that is always dark shows nothing.
    private static final long MIN_BETWEEN_BLACKOUTS_NANOS = 5_000_000_000L;

    /// Draws the plan of a run.
    ///
    /// @param badClients whether it is mostly the clients that suffer
    /// @param latencyNanos what a message usually takes
    public static Plan draw(RunOptions options, boolean badClients, long latencyNanos, RandomGenerator random) {
        Map<FaultKind, Double> weights = drawWeights(random);
        if (badClients) {
            weights.put(FaultKind.CLIENT_CUT, CLIENT_WEIGHT);
            weights.put(FaultKind.CLIENT_PAUSE, CLIENT_WEIGHT);
        }
        boolean storm = random.nextInt(6) == 0 && !badClients && mayStorm(weights);
        long mean = meanNanos(storm, latencyNanos, random);
        List<Fault> faults = new ArrayList<>();
        int number = 0;
        long blackoutFrom = 0;
        for (long at = FIRST_NANOS + Draws.exponential(random, (double) mean);
                at < options.safetyNanos();
                at += Draws.exponential(random, (double) mean)) {
            number++;
            Fault fault = new Fault(number, at, pick(weights, random.nextDouble()), random.nextLong());
            boolean tooSoon = fault.kind() == FaultKind.BLACKOUT && at < blackoutFrom;
            if (fault.kind() == FaultKind.BLACKOUT && !tooSoon) {
                blackoutFrom = at + MIN_BETWEEN_BLACKOUTS_NANOS;
            }
            boolean wanted = !tooSoon
                    && options.only().contains(fault.kind())
                    && !options.skipFaults().contains(number)
                    && faults.size() < options.maxFaults();
            if (wanted) {
                faults.add(fault);
            }
        }
        return new Plan(List.copyOf(faults));
    }

    private static long meanNanos(boolean storm, long latencyNanos, RandomGenerator random) {
        return storm
                ? 750_000_000L + random.nextLong(750_000_000L) + CALM_MESSAGES * latencyNanos
                : 1_500_000_000L + random.nextLong(3_500_000_000L);
    }

    /// The kinds that may occur in a run, and how often compared with each other.
    private static Map<FaultKind, Double> drawWeights(RandomGenerator random) {
        Map<FaultKind, Double> weights = new EnumMap<>(FaultKind.class);
        FaultKind[] kinds = FaultKind.values();
        double on = 0.1 + random.nextDouble() * 0.4;
        for (FaultKind kind : kinds) {
            double weight = 0.2 + random.nextDouble() * 2;
            if (random.nextDouble() < on) {
                weights.put(kind, weight);
            }
        }
        while (weights.size() < MIN_KINDS) {
            weights.put(kinds[random.nextInt(kinds.length)], 1.0);
        }
        return weights;
    }

    /// Clients that suffer most of the time do nothing in a storm.
    private static boolean mayStorm(Map<FaultKind, Double> weights) {
        double clients =
                weights.getOrDefault(FaultKind.CLIENT_CUT, 0.0) + weights.getOrDefault(FaultKind.CLIENT_PAUSE, 0.0);
        return clients < MAX_CLIENT_SHARE_OF_STORM * sum(weights);
    }

    private static double sum(Map<FaultKind, Double> weights) {
        double sum = 0;
        for (double weight : weights.values()) {
            sum += weight;
        }
        return sum;
    }

    private static FaultKind pick(Map<FaultKind, Double> weights, double drawn) {
        double left = drawn * sum(weights);
        FaultKind last = FaultKind.DROP;
        for (Map.Entry<FaultKind, Double> entry : weights.entrySet()) {
            last = entry.getKey();
            left -= entry.getValue();
            if (left < 0) {
                return last;
            }
        }
        return last;
    }
}
