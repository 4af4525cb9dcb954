package io.gavel.client.error;

/** Stable codes of everything that can go wrong; the names are those of the protocol. */
public enum ErrorCode {
    /** Wrong input; names field, limit and value. Nothing changed. */
    INVALID_ARGUMENT,
    /** There is nothing by this name. */
    NOT_FOUND,
    /** A compare or guard failed; carries what is there now. */
    CONFLICT,
    /** No leader, no quorum, or no member could be reached. */
    UNAVAILABLE,
    /** A queue or quota is full. */
    OVERLOADED,
    /** The call's time ran out. */
    DEADLINE,
    /** The lock is not held any more. */
    LOCK_LOST,
    /** The leadership is not held any more. */
    LEADERSHIP_LOST,
    /** The session is over. */
    SESSION_EXPIRED,
    /** The wanted revision has been compacted; carries the oldest one kept. */
    COMPACTED,
    /** The sequence was answered and acknowledged before. */
    ALREADY_ACKNOWLEDGED,
    /** The endpoint belongs to another cluster. */
    WRONG_CLUSTER,
    /** An unsafe cluster step; the message says why. */
    FAILED_PRECONDITION,
    /** Growth is refused until there is space again. */
    STORAGE_FULL,
    /** Unknown protocol version, feature level, variant or field. */
    UNSUPPORTED,
    /** A defect of the service. */
    INTERNAL,
    /** No endpoint has been reachable for a while: refused without a try. */
    CIRCUIT_OPEN,
    /** The client was closed. */
    CLIENT_CLOSED,
    /** The calling thread was interrupted. */
    INTERRUPTED
}
