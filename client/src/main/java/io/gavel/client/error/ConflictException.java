package io.gavel.client.error;

/** A compare or guard failed; {@link #detail()} carries the version, holder or token that is there now. */
public final class ConflictException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public ConflictException(ErrorDetail detail) {
        super(detail);
    }
}
