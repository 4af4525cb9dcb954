package io.gavel.client.error;

/** The calling thread was interrupted while it waited for an answer. Its interrupt flag stays set. */
public final class CallInterruptedException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public CallInterruptedException(ErrorDetail detail) {
        super(detail);
    }
}
