package io.gavel.server.api.grpc;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;

/// How an error looks in gRPC: a status that generic tools understand, and the error itself in a trailer.
public final class GrpcErrors {
    /// The trailer `gavel-error-bin` holds the encoded `gavel.v1.Error`.
    public static final Metadata.Key<Error> TRAILER =
            Metadata.Key.of("gavel-error-bin", ProtoUtils.metadataMarshaller(Error.getDefaultInstance()));

    private GrpcErrors() {}

    /// The error as the end of a call.
    public static StatusRuntimeException exception(Error error) {
        Metadata trailers = new Metadata();
        trailers.put(TRAILER, error);
        String message = error.getHint().isEmpty() ? error.getMessage() : error.getMessage() + "; " + error.getHint();
        return status(error.getCode()).withDescription(message).asRuntimeException(trailers);
    }

    /// The status that says the same as the code, as far as it can.
    public static Status status(ErrorCode code) {
        return switch (code) {
            case INVALID_ARGUMENT -> Status.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.NOT_FOUND;
            case CONFLICT -> Status.ABORTED;
            case UNAVAILABLE -> Status.UNAVAILABLE;
            case OVERLOADED, STORAGE_FULL -> Status.RESOURCE_EXHAUSTED;
            case DEADLINE -> Status.DEADLINE_EXCEEDED;
            case LOCK_LOST,
                    LEADERSHIP_LOST,
                    SESSION_EXPIRED,
                    ALREADY_ACKNOWLEDGED,
                    WRONG_CLUSTER,
                    FAILED_PRECONDITION -> Status.FAILED_PRECONDITION;
            case COMPACTED -> Status.OUT_OF_RANGE;
            case UNSUPPORTED -> Status.UNIMPLEMENTED;
            case INTERNAL -> Status.INTERNAL;
            case ERROR_CODE_UNSPECIFIED, UNRECOGNIZED -> Status.UNKNOWN;
        };
    }
}
