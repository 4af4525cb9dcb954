package io.gavel.client.error;

/** What the call relied on is not owned any more. */
public class OwnershipLostException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public OwnershipLostException(ErrorDetail detail) {
        super(detail);
    }
}
