package io.gavel.client.error;

/** No leader, no quorum, or no member could be reached; the message lists the endpoints tried and why. */
public class UnavailableException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public UnavailableException(ErrorDetail detail) {
        super(detail);
    }
}
