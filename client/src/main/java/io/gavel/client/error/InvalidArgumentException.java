package io.gavel.client.error;

/** Wrong input; {@link #detail()} names field, limit and value. Nothing changed. */
public final class InvalidArgumentException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public InvalidArgumentException(ErrorDetail detail) {
        super(detail);
    }
}
