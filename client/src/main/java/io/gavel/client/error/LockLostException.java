package io.gavel.client.error;

/** The lock was lost. */
public final class LockLostException extends OwnershipLostException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public LockLostException(ErrorDetail detail) {
        super(detail);
    }
}
