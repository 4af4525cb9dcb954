package io.gavel.client.error;

import java.util.Optional;

/** Root of everything the SDK throws. {@link #outcome()} says whether the call took effect. */
public class GavelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorDetail detail;

    /** Wraps what is known about a failure. */
    public GavelException(ErrorDetail detail) {
        super(detail.hint().isEmpty() ? detail.message() : detail.message() + " (" + detail.hint() + ")");
        this.detail = detail;
    }

    /** Everything known about the failure. */
    public final ErrorDetail detail() {
        return detail;
    }

    /** The stable code. */
    public final ErrorCode code() {
        return detail.code();
    }

    /** Whether the call took effect. */
    public final Outcome outcome() {
        return detail.outcome();
    }

    /** The request to ask about with {@code GavelClient.outcomeOf}; empty for reads and calls never sent. */
    public final Optional<RequestId> requestId() {
        return Optional.ofNullable(detail.requestId());
    }

    /** What to do next; may be empty. */
    public final String hint() {
        return detail.hint();
    }
}
