package io.gavel.client.internal.core;

import io.gavel.client.internal.port.ClientClock;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.StreamRenew;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** When to renew a session, and when each renewal was sent. */
final class Renewals {
    private static final long MIN_SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long MAX_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final int FRAME_BYTES = 16;

    private final ClientClock clock;
    private final Connection connection;
    private final long intervalNanos;
    private final long againNanos;
    private final long silenceNanos;
    /** Renewals of the present stream that are not answered, oldest first. */
    private final Map<Long, Stamp> unanswered = new LinkedHashMap<>();

    private long nextId = 1;
    private long nextAt;

    Renewals(ClientClock clock, Connection connection, long ttlNanos) {
        this.clock = clock;
        this.connection = connection;
        this.intervalNanos = ttlNanos / 3;
        this.againNanos = Math.min(ttlNanos / 20, TimeUnit.MILLISECONDS.toNanos(250));
        this.silenceNanos = Math.min(Math.max(ttlNanos / 6, MIN_SILENCE_NANOS), MAX_SILENCE_NANOS);
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
        return Math.min(nextAt, oldestNanos() + silenceNanos);
    }

    /** Whether the member left a renewal unanswered for too long. */
    boolean isSilent(long now) {
        return now >= oldestNanos() + silenceNanos;
    }

    /** When the renewal was sent; null = unknown here. */
    @Nullable
    Stamp onConfirmed(long id) {
        Stamp sent = unanswered.remove(id);
        if (sent != null) {
            unanswered.keySet().removeIf(older -> older < id);
        }
        return sent;
    }

    void onRefused(long id, long now) {
        unanswered.remove(id);
        nextAt = Math.min(nextAt, now + againNanos);
    }

    private long oldestNanos() {
        for (Stamp stamp : unanswered.values()) {
            return stamp.monotonicNanos();
        }
        return Long.MAX_VALUE - MAX_SILENCE_NANOS;
    }
}
