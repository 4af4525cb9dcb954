package io.gavel.client.lock;

import io.gavel.client.kv.Guard;
import java.time.Duration;
import java.util.List;

/**
 * How to take a lock.
 *
 * @param capacity permits in all, fixed by the first acquire
 * @param permits permits to take; 0 = all of them
 * @param lockDelay how long the lock stays free after its holder's session expired, fixed by the first acquire
 * @param guards what must hold for the acquire to be accepted
 */
public record LockOptions(int capacity, int permits, Duration lockDelay, List<Guard> guards) {
    /** Exclusive, without delay. */
    public static final LockOptions EXCLUSIVE = new LockOptions(1, 0, Duration.ZERO, List.of());

    /** Copies the guards. */
    public LockOptions {
        guards = List.copyOf(guards);
    }

    /** With this delay after an expiry. */
    public LockOptions withLockDelay(Duration delay) {
        return new LockOptions(capacity, permits, delay, guards);
    }

    /** With these guards. */
    public LockOptions withGuards(Guard... conditions) {
        return new LockOptions(capacity, permits, lockDelay, List.of(conditions));
    }
}
