package io.gavel.client.error;

/** No endpoint has been reachable for a while: the call was refused at once, without a try. */
public final class CircuitOpenException extends UnavailableException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public CircuitOpenException(ErrorDetail detail) {
        super(detail);
    }
}
