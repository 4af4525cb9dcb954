package io.gavel.faults.sim.time;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// One generator for each component of a run, so that a draw more in one does not shift the others.
public final class Draws {
    private final long seed;

    public Draws(long seed) {
        this.seed = seed;
    }

    /// The generator of a component; the same for the same seed and name.
    public RandomGenerator of(String component) {
        long mixed = seed * 0x9E3779B97F4A7C15L;
        for (int i = 0; i < component.length(); i++) {
            mixed = (mixed ^ component.charAt(i)) * 0xBF58476D1CE4E5B9L;
            mixed ^= mixed >>> 31;
        }
        return new SplittableRandom(mixed);
    }

    /// One of the values.
    @SafeVarargs
    public static <T> T oneOf(RandomGenerator random, T... values) {
        return values[random.nextInt(values.length)];
    }

    /// An interval with this mean, exponentially distributed.
    public static long exponential(RandomGenerator random, double mean) {
        return (long) (-Math.log(1 - random.nextDouble()) * mean);
    }
}
