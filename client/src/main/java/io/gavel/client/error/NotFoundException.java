package io.gavel.client.error;

/** There is nothing by this name. */
public final class NotFoundException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public NotFoundException(ErrorDetail detail) {
        super(detail);
    }
}
