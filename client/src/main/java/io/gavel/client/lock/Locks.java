package io.gavel.client.lock;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Locks, read-write locks and semaphores.
 *
 * <p>A lock service cannot stop a paused process from acting late: let the guarded resource check
 * {@link LockGrant#fencingToken()}, or guard writes to Gavel itself with {@link LockGrant#guard()}.
 */
public interface Locks {
    /** An exclusive lock. */
    DistributedLock lock(String name);

    /** A lock with the given capacity, permits and delay. */
    DistributedLock lock(String name, LockOptions options);

    /** Many readers or one writer, in the order of arrival: neither side can starve the other. */
    ReadWriteLock readWriteLock(String name);

    /** A lock with {@code capacity} permits. */
    Semaphore semaphore(String name, int capacity);

    /** Who holds and who waits. A lock that nobody ever took is described as free. */
    LockStatus describe(String name);

    /** Who holds and who waits. */
    CompletableFuture<LockStatus> describeAsync(String name);

    /** The first {@code limit} locks whose names start with {@code prefix} and are greater than {@code after}. */
    List<LockStatus> list(String prefix, String after, int limit);

    /** As {@link #list}, as a future. */
    CompletableFuture<List<LockStatus>> listAsync(String prefix, String after, int limit);

    /**
     * Takes a lock away from its holder; {@code token} 0 = from every holder. The next grant waits until the holder
     * must have noticed, unless {@code now}; then the old holder may still believe for a while that it holds.
     *
     * @return whether something was taken away
     */
    boolean forceRelease(String name, long token, boolean now);

    /** As {@link #forceRelease}, as a future. */
    CompletableFuture<Boolean> forceReleaseAsync(String name, long token, boolean now);
}
