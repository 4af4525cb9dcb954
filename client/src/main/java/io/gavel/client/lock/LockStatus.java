package io.gavel.client.lock;

import io.gavel.client.Bytes;
import java.time.Duration;
import java.util.List;

/**
 * Who holds a lock and who waits for it.
 *
 * @param waiters in queue order, at most 1,000
 * @param blocked no grant before this much time has passed
 */
public record LockStatus(
        String name, int capacity, List<Holder> holders, List<Waiter> waiters, Duration lockDelay, Duration blocked) {
    /**
     * One grant.
     *
     * @param owner the name of the client
     * @param proposal of a leader; empty for locks
     */
    public record Holder(long session, long token, String owner, int permits, Bytes proposal) {}

    /**
     * One place in the queue, named by the request that took it.
     *
     * @param owner the name of the client
     * @param proposal of a candidate; empty for locks
     */
    public record Waiter(long session, long sequence, String owner, int permits, Bytes proposal) {}
}
