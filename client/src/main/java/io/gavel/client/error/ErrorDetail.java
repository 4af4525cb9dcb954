package io.gavel.client.error;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Everything known about a failure. Texts that do not apply are empty, numbers that do not apply are 0.
 *
 * @param message one line, the cause
 * @param field which field is wrong, for {@link ErrorCode#INVALID_ARGUMENT}
 * @param limit the limit that {@code value} breaks
 * @param hint what to do next
 * @param currentVersion for {@link ErrorCode#CONFLICT}: the version that is there now
 * @param holderSession the session that holds the lock or leadership now
 * @param oldestRevision for {@link ErrorCode#COMPACTED}: the oldest revision kept
 * @param leaderEndpoint for {@link ErrorCode#UNAVAILABLE}: the last known leader
 * @param requestId the request, if it had a sequence
 */
public record ErrorDetail(
        ErrorCode code,
        Outcome outcome,
        String message,
        String field,
        String limit,
        String value,
        String hint,
        long currentVersion,
        long currentModRevision,
        long holderSession,
        long holderToken,
        long oldestRevision,
        String leaderEndpoint,
        @Nullable RequestId requestId)
        implements Serializable {

    /** An error that this client found by itself. */
    public static ErrorDetail local(ErrorCode code, Outcome outcome, String message, String hint) {
        return new ErrorDetail(code, outcome, message, "", "", "", hint, 0, 0, 0, 0, 0, "", null);
    }

    /** Wrong input, found before anything was sent. */
    public static ErrorDetail invalid(String field, String limit, String value) {
        return new ErrorDetail(
                ErrorCode.INVALID_ARGUMENT,
                Outcome.NOT_APPLIED,
                field + " must be " + limit + ", not " + value,
                field,
                limit,
                value,
                "",
                0,
                0,
                0,
                0,
                0,
                "",
                null);
    }

    /** The same failure with another outcome. */
    public ErrorDetail withOutcome(Outcome other) {
        return new ErrorDetail(
                code,
                other,
                message,
                field,
                limit,
                value,
                hint,
                currentVersion,
                currentModRevision,
                holderSession,
                holderToken,
                oldestRevision,
                leaderEndpoint,
                requestId);
    }

    /** The same failure of a named request. */
    public ErrorDetail withRequest(RequestId request) {
        return new ErrorDetail(
                code,
                outcome,
                message,
                field,
                limit,
                value,
                hint,
                currentVersion,
                currentModRevision,
                holderSession,
                holderToken,
                oldestRevision,
                leaderEndpoint,
                request);
    }
}
