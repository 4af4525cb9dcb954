package io.gavel.client.error;

/** The session is over, and with it all that belonged to it. Later calls use a new session. */
public final class SessionExpiredException extends OwnershipLostException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public SessionExpiredException(ErrorDetail detail) {
        super(detail);
    }
}
