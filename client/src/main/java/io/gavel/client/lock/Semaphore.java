package io.gavel.client.lock;

/** A lock with a number of permits. */
public interface Semaphore {
    /** Its name. */
    String name();

    /** Permits in all. */
    int capacity();

    /** A lock that takes {@code permits} of them at once. */
    DistributedLock permits(int permits);
}
