package io.gavel.client.internal.core;

import java.util.concurrent.TimeUnit;

/**
 * When to stop waiting for an answer on a stream that lives, and ask again.
 *
 * <p>As retransmission in TCP is timed (RFC 6298): the usual latency and four times its deviation, or twice the usual
 * latency if that is more, within limits; doubled for each time that was not enough, also for later requests, until one
 * is answered that was sent once. Only those are measured, since nobody knows which sending the others answer (Karn's
 * rule). Sending again is harmless, but a cluster that is slow because it is busy must not be asked more often for
 * that: so only a few requests at a time are sent again, whatever their number. If answers do get lost, those few find
 * out.
 */
final class Latency {
    private static final long MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long UNKNOWN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long MIN_QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int MAX_DOUBLINGS = 5;
    /** How many requests are sent again within {@link #MIN_NANOS}. */
    private static final int MAX_REPEATS = 16;

    private long usualNanos;
    private long deviationNanos;
    private boolean measured;
    private int doublings;
    private long repeatsSince;
    private int repeats;

    /** An answer to a request that was sent once. */
    void onAnswer(long nanos) {
        if (measured) {
            deviationNanos += (Math.abs(nanos - usualNanos) - deviationNanos) / 4;
            usualNanos += (nanos - usualNanos) / 8;
        } else {
            measured = true;
            usualNanos = nanos;
            deviationNanos = nanos / 2;
        }
        doublings = 0;
    }

    /** A request was sent {@code sends} times on this stream without an answer in time. */
    void onNoAnswer(int sends) {
        doublings = Math.max(doublings, Math.min(sends, MAX_DOUBLINGS));
    }

    /** A stream was given up because it delivered nothing: the next one is given more time. */
    void onQuiet() {
        doublings = Math.min(doublings + 1, MAX_DOUBLINGS);
    }

    /** How long to wait after the {@code sends}-th sending on a stream, from 1. */
    long patienceNanos(int sends) {
        int times = Math.max(doublings, Math.min(sends - 1, MAX_DOUBLINGS));
        return Math.min(baseNanos() << times, Math.max(baseNanos(), MAX_NANOS));
    }

    /** For how long a stream on which answers are due may deliver nothing at all before it is given up. */
    long quietNanos() {
        long unhurried = Math.max(4 * baseNanos(), patienceNanos(1));
        return Math.min(Math.max(unhurried, MIN_QUIET_NANOS), MAX_NANOS);
    }

    private long baseNanos() {
        return measured ? Math.max(MIN_NANOS, usualNanos + Math.max(usualNanos, 4 * deviationNanos)) : UNKNOWN_NANOS;
    }

    /** Whether one more request may be sent again now. */
    boolean mayRepeat(long now) {
        if (now - repeatsSince >= MIN_NANOS) {
            repeatsSince = now;
            repeats = 0;
        }
        return repeats++ < MAX_REPEATS;
    }

    /** When a request that may not be sent again now may be. */
    long nextRepeatNanos() {
        return repeatsSince + MIN_NANOS;
    }
}
