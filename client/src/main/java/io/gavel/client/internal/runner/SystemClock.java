package io.gavel.client.internal.runner;

import io.gavel.client.internal.port.ClientClock;

/** The clocks of this process. */
public final class SystemClock implements ClientClock {
    private static final long START_NANOS = 1_000_000_000L;

    private final long origin = System.nanoTime() - START_NANOS;

    @Override
    public long monotonicNanos() {
        return System.nanoTime() - origin;
    }

    @Override
    public long wallMillis() {
        return System.currentTimeMillis();
    }
}
