package io.gavel.client.kv;

/** A condition on ownership: the whole command is refused with {@code CONFLICT} when it does not hold. */
public sealed interface Guard {
    /** The lock is held with this fencing token. */
    record LockHeld(String name, long token) implements Guard {}

    /** The leadership is held with this fencing token. */
    record LeadershipHeld(String name, long token) implements Guard {}

    /** The session lives. */
    record SessionAlive(long sessionId) implements Guard {}
}
