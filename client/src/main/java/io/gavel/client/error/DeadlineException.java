package io.gavel.client.error;

/** The call's time ran out; {@link #outcome()} tells whether it may have taken effect. */
public final class DeadlineException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public DeadlineException(ErrorDetail detail) {
        super(detail);
    }
}
