package io.gavel.client.lock;

/** Many readers or one writer. */
public interface ReadWriteLock {
    /** Shared with other readers. */
    DistributedLock read();

    /** Exclusive. */
    DistributedLock write();
}
