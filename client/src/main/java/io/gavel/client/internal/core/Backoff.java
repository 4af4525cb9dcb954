package io.gavel.client.internal.core;

import io.gavel.client.RetryPolicy;
import java.util.random.RandomGenerator;

/** Draws waits between attempts. */
final class Backoff {
    private static final int MAX_DOUBLINGS = 20;

    private final long initialNanos;
    private final long maxNanos;
    private final RandomGenerator random;

    Backoff(RetryPolicy policy, RandomGenerator random) {
        this.initialNanos = policy.initialBackoff().toNanos();
        this.maxNanos = policy.maxBackoff().toNanos();
        this.random = random;
    }

    /** The longest wait. */
    long maxNanos() {
        return maxNanos;
    }

    /** The wait after the {@code failures}-th failure in a row, from 1. */
    long nanos(int failures) {
        int doublings = Math.min(Math.max(failures - 1, 0), MAX_DOUBLINGS);
        long full = initialNanos > maxNanos >> doublings ? maxNanos : initialNanos << doublings;
        return full / 2 + random.nextLong(full / 2 + 1);
    }
}
