package io.gavel.client.internal.core;

import io.gavel.client.internal.port.ClientClock;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.StreamRenew;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When to renew a session, when each renewal was sent, and how long to wait for its confirmation.
 *
 * <p>A member that does not confirm a renewal in time is left, since it may be cut off from its leader. How long that
 * is follows what the cluster needs: twice what the opening of the session took, later twice what confirmations took,
 * and twice as long after each time that was not enough, since another member may be no faster. Never less than a sixth
 * of the TTL, and never more than three fifths of it: later confirmations would not keep the session alive.
 */
final class Renewals {
    private static final long MIN_SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long MAX_FIRST_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final int FRAME_BYTES = 16;

    private final ClientClock clock;
    private final Connection connection;
    private final long intervalNanos;
    private final long againNanos;
    private final long minSilenceNanos;
    private final long maxSilenceNanos;
    /** Renewals of the present stream that are not answered, oldest first. */
    private final Map<Long, Stamp> unanswered = new LinkedHashMap<>();

    private long nextId = 1;
    private long nextAt;
    /** For how long a renewal may be unanswered. */
    private long silenceNanos;

    Renewals(ClientClock clock, Connection connection, long ttlNanos) {
        this.clock = clock;
        this.connection = connection;
        this.intervalNanos = ttlNanos / 3;
        this.againNanos = Math.min(ttlNanos / 20, TimeUnit.MILLISECONDS.toNanos(250));
        this.minSilenceNanos = Math.min(Math.max(ttlNanos / 6, MIN_SILENCE_NANOS), MAX_FIRST_SILENCE_NANOS);
        this.maxSilenceNanos = Math.max(ttlNanos * 3 / 5, minSilenceNanos);
        this.silenceNanos = minSilenceNanos;
    }

    /** The session is open: what that took says how long the cluster needs. */
    void onOpened(long tookNanos) {
        follow(tookNanos);
    }

    void onReady(long now) {
        nextAt = now;
    }

    void onDown() {
        unanswered.clear();
    }

    void doWork(long now) {
        if (now >= nextAt) {
            long id = nextId++;
            unanswered.put(id, Stamp.of(clock));
            nextAt = now + intervalNanos;
            connection.send(
                    ClientFrame.newBuilder()
                            .setRenew(StreamRenew.newBuilder().setRenewalId(id))
                            .build(),
                    FRAME_BYTES);
        }
    }

    long nextDeadlineNanos() {
        return Math.min(nextAt, silentAt());
    }

    /** Whether the member left a renewal unanswered for too long. */
    boolean isSilent(long now) {
        return now >= silentAt();
    }

    /** The member is left for that; the next one is given more time. */
    void onSilent() {
        silenceNanos = Math.min(2 * silenceNanos, maxSilenceNanos);
    }

    /** When the renewal was sent; null = unknown here. */
    @Nullable
    Stamp onConfirmed(long id, long now) {
        Stamp sent = unanswered.remove(id);
        if (sent != null) {
            unanswered.keySet().removeIf(older -> older < id);
            follow(now - sent.monotonicNanos());
        }
        return sent;
    }

    /** Longer at once, shorter by and by: a renewal waits for the next clock entry, some for long and some not. */
    private void follow(long tookNanos) {
        long wanted = 2 * tookNanos;
        long next = Math.max(wanted, silenceNanos - (silenceNanos - wanted) / 4);
        silenceNanos = Math.min(Math.max(next, minSilenceNanos), maxSilenceNanos);
    }

    void onRefused(long id, long now) {
        unanswered.remove(id);
        nextAt = Math.min(nextAt, now + againNanos);
    }

    private long silentAt() {
        for (Stamp stamp : unanswered.values()) {
            return stamp.monotonicNanos() + silenceNanos;
        }
        return Long.MAX_VALUE;
    }
}
