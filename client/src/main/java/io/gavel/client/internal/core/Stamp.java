package io.gavel.client.internal.core;

import io.gavel.client.internal.port.ClientClock;

/** One moment by both clocks of this process. */
record Stamp(long monotonicNanos, long wallMillis) {
    static Stamp of(ClientClock clock) {
        return new Stamp(clock.monotonicNanos(), clock.wallMillis());
    }
}
