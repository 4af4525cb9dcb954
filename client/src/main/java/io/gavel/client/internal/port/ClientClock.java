package io.gavel.client.internal.port;

/** The clocks of this process. Any thread may read them. */
public interface ClientClock {
    /** Never goes back and starts near zero; may stand still while the host is suspended. */
    long monotonicNanos();

    /** May jump either way; goes on while the host is suspended. */
    long wallMillis();
}
