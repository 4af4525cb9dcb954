package io.gavel.client.lock;

/** What to do while holding a lock. */
@FunctionalInterface
public interface LockedTask {
    /** Runs with the grant; call {@link LockGrant#requireHeld()} before each side effect. */
    void run(LockGrant grant) throws Exception;
}
