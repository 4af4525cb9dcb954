package io.gavel.client.internal.wire;

import io.gavel.client.error.CallInterruptedException;
import io.gavel.client.error.CircuitOpenException;
import io.gavel.client.error.ClientClosedException;
import io.gavel.client.error.CompactedException;
import io.gavel.client.error.ConflictException;
import io.gavel.client.error.DeadlineException;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.FailedPreconditionException;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.InvalidArgumentException;
import io.gavel.client.error.LeadershipLostException;
import io.gavel.client.error.LockLostException;
import io.gavel.client.error.NotFoundException;
import io.gavel.client.error.Outcome;
import io.gavel.client.error.OverloadedException;
import io.gavel.client.error.SessionExpiredException;
import io.gavel.client.error.UnavailableException;
import io.gavel.protocol.v1.Error;
import io.grpc.Metadata;
import io.grpc.protobuf.ProtoUtils;
import org.jspecify.annotations.Nullable;

/** Turns errors of the wire into what users see. */
public final class Errors {
    private static final Metadata.Key<Error> TRAILER =
            Metadata.Key.of("gavel-error-bin", ProtoUtils.metadataMarshaller(Error.getDefaultInstance()));

    private Errors() {}

    /** The error that a member stated at the end of a call; null if the call ended for another reason. */
    public static @Nullable Error stated(@Nullable Metadata trailers) {
        return trailers == null ? null : trailers.get(TRAILER);
    }

    /** The error as the member stated it, with the outcome that is true for the whole request. */
    public static ErrorDetail detail(Error error, Outcome outcome) {
        return new ErrorDetail(
                code(error),
                outcome,
                error.getMessage().isEmpty() ? error.getCode().name() : error.getMessage(),
                error.getField(),
                error.getLimit(),
                error.getValue(),
                error.getHint(),
                error.getCurrentVersion(),
                error.getCurrentModRevision(),
                error.getHolderSession(),
                error.getHolderToken(),
                error.getOldestRevision(),
                error.getLeaderEndpoint(),
                null);
    }

    private static ErrorCode code(Error error) {
        return switch (error.getCode()) {
            case INVALID_ARGUMENT -> ErrorCode.INVALID_ARGUMENT;
            case NOT_FOUND -> ErrorCode.NOT_FOUND;
            case CONFLICT -> ErrorCode.CONFLICT;
            case UNAVAILABLE -> ErrorCode.UNAVAILABLE;
            case OVERLOADED -> ErrorCode.OVERLOADED;
            case DEADLINE -> ErrorCode.DEADLINE;
            case LOCK_LOST -> ErrorCode.LOCK_LOST;
            case LEADERSHIP_LOST -> ErrorCode.LEADERSHIP_LOST;
            case SESSION_EXPIRED -> ErrorCode.SESSION_EXPIRED;
            case COMPACTED -> ErrorCode.COMPACTED;
            case ALREADY_ACKNOWLEDGED -> ErrorCode.ALREADY_ACKNOWLEDGED;
            case WRONG_CLUSTER -> ErrorCode.WRONG_CLUSTER;
            case FAILED_PRECONDITION -> ErrorCode.FAILED_PRECONDITION;
            case STORAGE_FULL -> ErrorCode.STORAGE_FULL;
            case UNSUPPORTED -> ErrorCode.UNSUPPORTED;
            case INTERNAL, ERROR_CODE_UNSPECIFIED, UNRECOGNIZED -> ErrorCode.INTERNAL;
        };
    }

    /** The exception for a failure; made where it is thrown, so that its trace is the caller's. */
    public static GavelException exception(ErrorDetail detail) {
        return switch (detail.code()) {
            case INVALID_ARGUMENT -> new InvalidArgumentException(detail);
            case NOT_FOUND -> new NotFoundException(detail);
            case CONFLICT -> new ConflictException(detail);
            case UNAVAILABLE -> new UnavailableException(detail);
            case CIRCUIT_OPEN -> new CircuitOpenException(detail);
            case OVERLOADED -> new OverloadedException(detail);
            case DEADLINE -> new DeadlineException(detail);
            case LOCK_LOST -> new LockLostException(detail);
            case LEADERSHIP_LOST -> new LeadershipLostException(detail);
            case SESSION_EXPIRED -> new SessionExpiredException(detail);
            case COMPACTED -> new CompactedException(detail);
            case FAILED_PRECONDITION -> new FailedPreconditionException(detail);
            case CLIENT_CLOSED -> new ClientClosedException(detail);
            case INTERRUPTED -> new CallInterruptedException(detail);
            case ALREADY_ACKNOWLEDGED, WRONG_CLUSTER, STORAGE_FULL, UNSUPPORTED, INTERNAL -> new GavelException(detail);
        };
    }

    /** The client was closed; {@code outcome} is that of the request it interrupts. */
    public static ErrorDetail closed(Outcome outcome) {
        return ErrorDetail.local(ErrorCode.CLIENT_CLOSED, outcome, "the client is closed", "");
    }

    /** The caller's thread was interrupted, and stays so. */
    public static GavelException interrupted(String message) {
        Thread.currentThread().interrupt();
        return exception(ErrorDetail.local(ErrorCode.INTERRUPTED, Outcome.NOT_APPLIED, message, ""));
    }

    /** The session is over; {@code outcome} is that of the request it interrupts. */
    public static ErrorDetail sessionOver(long sessionId, Outcome outcome) {
        return ErrorDetail.local(
                ErrorCode.SESSION_EXPIRED,
                outcome,
                "session " + Long.toUnsignedString(sessionId) + " is over",
                "later calls use a new session");
    }

    /** Whether another attempt may end better. */
    public static boolean isTransient(Error error) {
        return switch (error.getCode()) {
            case UNAVAILABLE, OVERLOADED, DEADLINE, INTERNAL -> true;
            default -> false;
        };
    }
}
