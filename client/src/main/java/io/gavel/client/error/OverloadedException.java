package io.gavel.client.error;

/** A queue or quota is full, here or on the server; try again later. */
public final class OverloadedException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public OverloadedException(ErrorDetail detail) {
        super(detail);
    }
}
