package io.gavel.raft.sim;

import java.util.SplittableRandom;

/// What may go wrong in one run, drawn from its seed: most faults are off in most runs, so that a few can dominate.
///
/// Probabilities are per message or per fault step; times are nanoseconds.
record SimOptions(
        int members,
        long safetyNanos,
        double drop,
        double duplicate,
        double slowMessage,
        long maxDelayNanos,
        long fsyncNanos,
        double fsyncStall,
        long faultIntervalNanos,
        double crashWeight,
        double partitionWeight,
        double pauseWeight,
        double membershipWeight,
        double transferWeight,
        double damageWeight,
        double powerLossWeight,
        long operationIntervalNanos,
        long snapshotEveryEntries,
        double clockDrift,
        boolean tinyWindows,
        double silentCrash) {

    static final long MILLIS = 1_000_000L;
    static final long SECONDS = 1_000_000_000L;

    static SimOptions draw(long seed) {
        SplittableRandom random = new SplittableRandom(seed * 0x5DEECE66DL + 11);
        int[] sizes = {3, 3, 3, 5, 5, 7, 1, 3, 5, 4};
        return new SimOptions(
                sizes[random.nextInt(sizes.length)],
                20 * SECONDS,
                some(random, 0.4, 0.3),
                some(random, 0.3, 0.2),
                some(random, 0.4, 0.2),
                (1 + random.nextInt(40)) * MILLIS,
                (1 + random.nextInt(30)) * MILLIS / 10,
                some(random, 0.2, 0.02),
                (200 + random.nextInt(2_500)) * MILLIS,
                random.nextDouble() < 0.8 ? 1 : 0,
                random.nextDouble() < 0.6 ? 1 : 0,
                random.nextDouble() < 0.4 ? 1 : 0,
                random.nextDouble() < 0.5 ? 1 : 0,
                random.nextDouble() < 0.4 ? 0.7 : 0,
                random.nextDouble() < 0.2 ? 0.5 : 0,
                random.nextDouble() < 0.2 ? 0.3 : 0,
                (2 + random.nextInt(60)) * MILLIS,
                random.nextDouble() < 0.5 ? 5 + random.nextInt(200) : Long.MAX_VALUE,
                some(random, 0.3, 0.004),
                random.nextDouble() < 0.3,
                random.nextDouble());
    }

    private static double some(SplittableRandom random, double chance, double most) {
        return random.nextDouble() < chance ? random.nextDouble() * most : 0;
    }
}
