package io.gavel.client.lock;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A lock by name. It belongs to no thread: who has the {@link LockGrant} holds it. Not re-entrant: a second acquire
 * waits behind the first. Waiters are served in the order in which the cluster recorded them.
 *
 * <p>An interrupt, a timeout or a cancelled future also leaves the queue on the server; a grant that was already under
 * way is given back.
 */
public interface DistributedLock {
    /** The lock's name. */
    String name();

    /**
     * Waits for the lock, at most as long as the session lives.
     *
     * @throws io.gavel.client.error.SessionExpiredException if the session ends first
     */
    LockGrant acquire() throws InterruptedException;

    /** Waits for the lock, at most {@code wait}. */
    LockGrant acquire(Duration wait) throws InterruptedException, TimeoutException;

    /** Takes the lock if it is free. */
    Optional<LockGrant> tryAcquire();

    /** Waits for the lock, at most {@code wait}; empty = not in time. */
    Optional<LockGrant> tryAcquire(Duration wait) throws InterruptedException;

    /** Takes the lock if it is free. */
    CompletableFuture<Optional<LockGrant>> tryAcquireAsync();

    /** Waits for the lock, at most as long as the session lives; {@code cancel} leaves the queue. */
    CompletableFuture<LockGrant> acquireAsync();

    /** Waits for the lock, at most {@code wait}; empty = not in time; {@code cancel} leaves the queue. */
    CompletableFuture<Optional<LockGrant>> tryAcquireAsync(Duration wait);

    /**
     * Runs {@code body} on this thread while holding the lock. If the lock is lost the thread is interrupted.
     *
     * @throws io.gavel.client.error.LockLostException if it was lost before the body ended; an exception of the body
     *     is then suppressed into it
     */
    <T> T callLocked(LockedCall<T> body) throws Exception;

    /** As {@link #callLocked}, without a result. */
    void runLocked(LockedTask body) throws Exception;

    /** Who holds and who waits. */
    LockStatus describe();

    /** As {@link #describe}, as a future. */
    CompletableFuture<LockStatus> describeAsync();
}
