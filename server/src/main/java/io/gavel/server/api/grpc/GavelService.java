package io.gavel.server.api.grpc;

import com.google.protobuf.Message;
import io.gavel.protocol.v1.AwaitGrantRequest;
import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.ExecuteRequest;
import io.gavel.protocol.v1.ExecuteResponse;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.ReadRequest;
import io.gavel.protocol.v1.ReadResponse;
import io.gavel.protocol.v1.RenewRequest;
import io.gavel.protocol.v1.RenewResponse;
import io.gavel.protocol.v1.ServerFrames;
import io.gavel.protocol.v1.SessionQuery;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import io.gavel.server.api.ApiErrors;
import io.gavel.server.api.CommandRequest;
import io.gavel.server.api.RequestRouter;
import io.gavel.server.api.SessionProof;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.entry.UnknownFields;
import io.gavel.server.watch.WatchHub;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The service `gavel.v1.Gavel`. A unary call that fails ends with a status and the error in its trailer; on a session
/// stream errors are inside the answers.
final class GavelService extends GavelGrpc.GavelImplBase {
    private final RequestRouter router;
    private final SessionStreams streams;
    private final TurnFlusher flusher;
    private final GrantWaits grantWaits;
    private final WatchHub watches;
    private final StreamLimits limits;

    GavelService(
            RequestRouter router,
            SessionStreams streams,
            TurnFlusher flusher,
            GrantWaits grantWaits,
            WatchHub watches,
            StreamLimits limits) {
        this.router = router;
        this.streams = streams;
        this.flusher = flusher;
        this.grantWaits = grantWaits;
        this.watches = watches;
        this.limits = limits;
    }

    @Override
    public void execute(ExecuteRequest request, StreamObserver<ExecuteResponse> observer) {
        UnaryAnswer<ExecuteResponse> answer = new UnaryAnswer<>(observer);
        Error refusal = request.hasSession() ? SessionProof.check(request.getSession()) : null;
        if (refusal == null && !request.getUnknownFields().isEmpty()) {
            refusal = Refusals.notApplied(ErrorCode.UNSUPPORTED, "the request has a field unknown to this version")
                    .build();
        }
        if (refusal != null) {
            answer.fail(refusal);
            return;
        }
        CommandRequest command = new CommandRequest(
                request.hasSession() ? SessionProof.of(request.getSession()) : SessionProof.NONE,
                request.getSequence(),
                request.getFloor(),
                request.getCommand().toByteString(),
                boundedByCall(request.getDeadlineMillis()));
        router.execute(command, result -> {
            if (result.hasError()) {
                answer.fail(result.getError());
            } else {
                answer.complete(ExecuteResponse.newBuilder()
                        .setHeader(router.header())
                        .setResult(result)
                        .build());
            }
        });
    }

    @Override
    public void read(ReadRequest request, StreamObserver<ReadResponse> observer) {
        UnaryAnswer<ReadResponse> answer = new UnaryAnswer<>(observer);
        Error refusal = RequestRouter.checkDeadline(request.getDeadlineMillis());
        if (refusal != null) {
            answer.fail(refusal);
            return;
        }
        long deadlineNanos = router.deadlineNanos(boundedByCall(request.getDeadlineMillis()));
        router.reads().read(new io.gavel.server.api.ReadRequest(request.getQuery(), deadlineNanos, answerRead(answer)));
    }

    @Override
    public void renew(RenewRequest request, StreamObserver<RenewResponse> observer) {
        UnaryAnswer<RenewResponse> answer = new UnaryAnswer<>(observer);
        Error refusal = SessionProof.check(request.getSession());
        if (refusal != null) {
            answer.fail(refusal);
            return;
        }
        long sessionId = request.getSession().getSessionId();
        router.renew(SessionProof.of(request.getSession()), boundedByCall(request.getDeadlineMillis()), error -> {
            if (error != null) {
                answer.fail(error);
            } else {
                answerRenewed(sessionId, answer);
            }
        });
    }

    @Override
    public void awaitGrant(AwaitGrantRequest request, StreamObserver<ReadResponse> observer) {
        Error refusal = checkAwait(request);
        if (refusal != null) {
            new UnaryAnswer<>(observer).fail(refusal);
            return;
        }
        GrantWaitCancel cancel = new GrantWaitCancel();
        UnaryAnswer<ReadResponse> answer = new UnaryAnswer<>(observer, cancel);
        cancel.wait = grantWaits.await(request.getWaiter(), request.getWaitMillis(), answerRead(answer));
    }

    @Override
    public void watch(WatchRequest request, StreamObserver<WatchResponse> observer) {
        WatchStream stream = new WatchStream((ServerCallStreamObserver<WatchResponse>) observer);
        Error refusal = checkKnown(request);
        if (refusal == null) {
            refusal = WatchHub.check(request);
        }
        if (refusal != null) {
            stream.end(refusal);
        } else if (request.getFromRevision() != 0) {
            stream.open(watches, request, 0);
        } else {
            // What is there now is a linearizable read; what follows a revision is not.
            router.reads().confirm(router.deadlineNanos(0), error -> {
                if (error != null) {
                    stream.end(error);
                } else {
                    stream.open(watches, request, router.header().getRevision());
                }
            });
        }
    }

    @Override
    public StreamObserver<ClientFrames> session(StreamObserver<ServerFrames> observer) {
        ServerCallStreamObserver<ServerFrames> call = (ServerCallStreamObserver<ServerFrames>) observer;
        SessionStream stream = new SessionStream(router, streams, flusher, call, limits.streamBytes());
        if (streams.size() >= limits.streams()) {
            stream.refuse(ApiErrors.overloaded("session stream table"));
        } else {
            streams.add(stream);
        }
        return stream;
    }

    private void answerRenewed(long sessionId, UnaryAnswer<RenewResponse> answer) {
        Query query = Query.newBuilder()
                .setSession(SessionQuery.newBuilder().setSessionId(sessionId))
                .build();
        router.reads()
                .readApplied(
                        query,
                        result -> answer.complete(RenewResponse.newBuilder()
                                .setHeader(router.header())
                                .setTtlMillis(result.getSession().getTtlMillis())
                                .build()));
    }

    private Consumer<QueryResult> answerRead(UnaryAnswer<ReadResponse> answer) {
        return result -> {
            if (result.hasError()) {
                answer.fail(result.getError());
            } else {
                answer.complete(ReadResponse.newBuilder()
                        .setHeader(router.header())
                        .setResult(result)
                        .build());
            }
        };
    }

    private static @Nullable Error checkKnown(Message request) {
        String unknown = UnknownFields.findIn(request);
        return unknown == null
                ? null
                : Refusals.notApplied(ErrorCode.UNSUPPORTED, unknown + " is not known to this version")
                        .build();
    }

    private static @Nullable Error checkAwait(AwaitGrantRequest request) {
        Error unknown = checkKnown(request);
        if (unknown != null) {
            return unknown;
        }
        long wait = request.getWaitMillis();
        if (wait < 0 || wait > RequestLimits.AWAIT_MAX_MILLIS) {
            String limit = "0 to " + RequestLimits.AWAIT_MAX_MILLIS;
            return Refusals.invalid(
                    "wait_millis", limit, Long.toUnsignedString(wait), "wait_millis is not in " + limit);
        }
        return null;
    }

    /// The shorter of what the request asks and what is left of the call's own deadline; what is out of range stays so.
    private static long boundedByCall(long deadlineMillis) {
        Deadline deadline = Context.current().getDeadline();
        if (deadline == null || deadlineMillis < 0 || deadlineMillis > RequestLimits.DEADLINE_MAX_MILLIS) {
            return deadlineMillis;
        }
        long asked = deadlineMillis == 0 ? RequestLimits.DEADLINE_DEFAULT_MILLIS : deadlineMillis;
        return Math.clamp(deadline.timeRemaining(TimeUnit.MILLISECONDS), 1, asked);
    }

    /// Takes a long poll back when its call is cancelled, which may be before it is listed.
    private static final class GrantWaitCancel implements Runnable {
        private volatile GrantWaits.@Nullable GrantWait wait;

        @Override
        public void run() {
            GrantWaits.GrantWait listed = wait;
            if (listed != null) {
                listed.leave();
            }
        }
    }
}
