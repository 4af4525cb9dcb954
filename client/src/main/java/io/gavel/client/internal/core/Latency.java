package io.gavel.client.internal.core;

import java.util.concurrent.TimeUnit;

/**
 * When to stop waiting for an answer and ask again on the same stream: four times the usual latency, at least 200 ms,
 * doubled for each time it was sent already. Sending again is harmless, but a cluster that is slow because it is busy
 * must not be asked more often for that.
 */
final class Latency {
    private static final long MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int MAX_DOUBLINGS = 5;
    /** A stream that has delivered nothing at all for this long while an answer is due is given up. */
    static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(2);

    private long usualNanos;

    /** An answer came; only for requests that were sent once, since others cannot tell which sending it answers. */
    void onAnswer(long nanos) {
        usualNanos += (nanos - usualNanos) / 8;
    }

    /** How long to wait after the {@code sends}-th sending, from 1. */
    long patienceNanos(int sends) {
        long base = Math.max(MIN_NANOS, 4 * usualNanos);
        return Math.min(base << Math.min(sends - 1, MAX_DOUBLINGS), Math.max(base, MAX_NANOS));
    }
}
