package io.gavel.client.session;

/** {@code ACTIVE <-> SUSPECT -> EXPIRED}; {@code ACTIVE, SUSPECT -> CLOSED}. The last two are final. */
public enum SessionState {
    /** Renewals are confirmed. */
    ACTIVE,
    /** No renewal was confirmed for a third of the TTL; what it owns is still held. */
    SUSPECT,
    /** It may be over on the cluster, or is: what it owned is lost. */
    EXPIRED,
    /** It was closed. */
    CLOSED
}
