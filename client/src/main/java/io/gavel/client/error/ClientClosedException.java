package io.gavel.client.error;

/** The client was closed. */
public final class ClientClosedException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public ClientClosedException(ErrorDetail detail) {
        super(detail);
    }
}
