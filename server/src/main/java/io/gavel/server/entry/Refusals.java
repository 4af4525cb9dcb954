package io.gavel.server.entry;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Outcome;

/// The words in which a server refuses a request; all of them `NOT_APPLIED` unless named otherwise.
public final class Refusals {
    private Refusals() {}

    /// Wrong input: which field, what was allowed, what came.
    public static Error invalid(String field, String limit, Object value, String message) {
        return notApplied(ErrorCode.INVALID_ARGUMENT, message)
                .setField(field)
                .setLimit(limit)
                .setValue(String.valueOf(value))
                .build();
    }

    /// A number above what this cluster's settings allow.
    public static Error tooLarge(String field, long limit, long value) {
        return invalid(
                field, Long.toString(limit), value, field + " is " + value + ", at most " + limit + " is allowed");
    }

    /// A quota or queue of the replicated state is full.
    public static Error overQuota(String quota, long limit, long value) {
        return notApplied(ErrorCode.OVERLOADED, quota + " would be " + value + ", at most " + limit + " is allowed")
                .setField(quota)
                .setLimit(Long.toString(limit))
                .setValue(Long.toString(value))
                .build();
    }

    /// A compare or guard failed; the caller adds what is there now.
    public static Error.Builder conflict(String message) {
        return notApplied(ErrorCode.CONFLICT, message);
    }

    public static Error notFound(String what, String name) {
        return notApplied(ErrorCode.NOT_FOUND, "no such " + what + ": " + name)
                .setField(what)
                .setValue(name)
                .build();
    }

    /// The revision asked for is no longer kept.
    public static Error compacted(long revision, long oldestRevision) {
        return notApplied(
                        ErrorCode.COMPACTED,
                        "revision " + revision + " is compacted, the oldest kept is " + oldestRevision)
                .setOldestRevision(oldestRevision)
                .build();
    }

    /// The session is gone, and with it any result that an earlier attempt may have stored (rule 7).
    public static Error sessionExpired(long sessionId) {
        return Error.newBuilder()
                .setCode(ErrorCode.SESSION_EXPIRED)
                .setOutcome(Outcome.UNKNOWN)
                .setMessage("session " + sessionId + " has ended")
                .setHint("open a new session; what earlier attempts of this request did is not known")
                .build();
    }

    /// An error with the outcome `NOT_APPLIED`.
    public static Error.Builder notApplied(ErrorCode code, String message) {
        return Error.newBuilder().setCode(code).setOutcome(Outcome.NOT_APPLIED).setMessage(message);
    }
}
