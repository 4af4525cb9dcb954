package io.gavel.client.internal.core;

import io.gavel.client.internal.port.ClientClock;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a session is surely alive, by this process's clocks alone.
 *
 * <p>The cluster counts the TTL from a moment after the renewal was sent. So the lease runs from the <em>send</em> time
 * of the last confirmed renewal, for TTL less twice the drift that clocks are trusted to keep within, measured by the
 * clock that ran further: a suspended host stops its monotonic clock, and a wall clock that is set forward can only end
 * the lease too early. Once it was seen to be over it stays over. Written by the owner, read by any thread.
 */
public final class SessionLease {
    /** 1 / 0.005: clocks are trusted to drift less than 0.5 %. */
    private static final long DRIFT_DIVISOR = 200;

    private final ClientClock clock;
    private final long validNanos;
    private volatile @Nullable Stamp confirmed;
    private volatile boolean over;

    SessionLease(ClientClock clock, long ttlNanos) {
        this.clock = clock;
        this.validNanos = ttlNanos - 2 * (ttlNanos / DRIFT_DIVISOR);
    }

    /** A renewal sent at {@code sent} is confirmed. Never makes the lease shorter, never revives it. */
    void confirm(Stamp sent) {
        Stamp last = confirmed;
        if (last == null || sent.monotonicNanos() > last.monotonicNanos()) {
            confirmed = sent;
        }
    }

    /** Ends the lease for good. */
    void end() {
        over = true;
    }

    /** Whether the session is surely alive. */
    public boolean isValid() {
        return remainingNanos() > 0;
    }

    /** How long it is surely alive without another confirmation; 0 = it may be over. */
    public long remainingNanos() {
        Stamp since = confirmed;
        if (over || since == null) {
            return 0;
        }
        long monotonic = clock.monotonicNanos() - since.monotonicNanos();
        long wall = TimeUnit.MILLISECONDS.toNanos(clock.wallMillis() - since.wallMillis());
        long remaining = validNanos - Math.max(monotonic, wall);
        if (remaining <= 0) {
            over = true;
            return 0;
        }
        return remaining;
    }
}
