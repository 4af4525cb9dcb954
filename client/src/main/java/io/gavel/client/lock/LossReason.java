package io.gavel.client.lock;

/** Why a grant was lost. */
public enum LossReason {
    /** Renewals were not confirmed in time: by this client's clock the cluster may grant to someone else soon. */
    LEASE_RAN_OUT,
    /** The cluster ended the session. */
    SESSION_EXPIRED,
    /** An operator took it away, or transferred it. */
    REVOKED,
    /** The session or client was closed while it was held. */
    CLIENT_CLOSED
}
