package io.gavel.client.lock;

/** What to do while holding a lock. */
@FunctionalInterface
public interface LockedCall<T> {
    /** Runs with the grant; call {@link LockGrant#requireHeld()} before each side effect. */
    T call(LockGrant grant) throws Exception;
}
