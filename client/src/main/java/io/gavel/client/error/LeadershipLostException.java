package io.gavel.client.error;

/** The leadership was lost. */
public final class LeadershipLostException extends OwnershipLostException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public LeadershipLostException(ErrorDetail detail) {
        super(detail);
    }
}
