package io.gavel.client;

/** How fresh a read must be. */
public enum ReadPolicy {
    /** Sees every write that was acknowledged before the read began. */
    LINEARIZABLE,
    /** The answering member's own state; the answer says how old it may be. */
    STALE
}
