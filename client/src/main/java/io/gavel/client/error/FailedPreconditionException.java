package io.gavel.client.error;

/** The cluster refused an unsafe step; the message says why. */
public final class FailedPreconditionException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public FailedPreconditionException(ErrorDetail detail) {
        super(detail);
    }
}
