package io.gavel.client.internal.view;

import com.google.common.util.concurrent.ListenableFuture;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.runner.Operation;
import io.gavel.client.internal.wire.Errors;
import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.ClusterGrpc.ClusterFutureStub;
import io.gavel.protocol.v1.Error;
import io.grpc.Status;
import java.net.ConnectException;
import java.util.Iterator;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An operator's call, unary and on its own: asks one endpoint after the other until one answers. What only asks is
 * asked anywhere. What changes something is sent once more elsewhere only if it surely was not received.
 */
final class UnaryCall<A> implements Operation<A> {
    private final Context context;
    private final Iterable<String> endpoints;
    private final Function<ClusterFutureStub, ListenableFuture<A>> call;
    private final boolean repeatable;

    private UnaryCall(
            Context context,
            Iterable<String> endpoints,
            Function<ClusterFutureStub, ListenableFuture<A>> call,
            boolean repeatable) {
        this.context = context;
        this.endpoints = endpoints;
        this.call = call;
        this.repeatable = repeatable;
    }

    /** A question. */
    static <A> UnaryCall<A> ask(
            Context context, Iterable<String> endpoints, Function<ClusterFutureStub, ListenableFuture<A>> call) {
        return new UnaryCall<>(context, endpoints, call, true);
    }

    /** A change. */
    static <A> UnaryCall<A> change(Context context, Function<ClusterFutureStub, ListenableFuture<A>> call) {
        return new UnaryCall<>(context, context.endpoints().all(), call, false);
    }

    @Override
    public void start(long deadline, Completion<A> completion) {
        new Run(deadline, completion).next();
    }

    static ErrorDetail unreachable(String reasons, Outcome outcome) {
        return ErrorDetail.local(ErrorCode.UNAVAILABLE, outcome, reasons, "");
    }

    /** The attempts of one call. Owner's thread only. */
    private final class Run {
        private final long deadline;
        private final Completion<A> completion;
        private final Iterator<String> left = endpoints.iterator();
        private final StringBuilder reasons = new StringBuilder();

        Run(long deadline, Completion<A> completion) {
            this.deadline = deadline;
            this.completion = completion;
        }

        void next() {
            long nanos = deadline - context.calls().runner().clock().monotonicNanos();
            if (nanos <= 0 || !left.hasNext()) {
                completion.fail(unreachable("no member answers: " + reasons, Outcome.NOT_APPLIED));
                return;
            }
            String endpoint = left.next();
            long share = repeatable && left.hasNext() ? Math.max(nanos / 2, 1) : nanos;
            ListenableFuture<A> answer =
                    call.apply(ClusterGrpc.newFutureStub(context.transport().channel(endpoint))
                            .withDeadlineAfter(share, TimeUnit.NANOSECONDS));
            answer.addListener(() -> onAnswer(endpoint, answer), Runnable::run);
        }

        private void onAnswer(String endpoint, ListenableFuture<A> answer) {
            if (!context.calls().runner().post(() -> take(endpoint, answer))) {
                completion.fail(Errors.closed(repeatable ? Outcome.NOT_APPLIED : Outcome.UNKNOWN));
            }
        }

        private void take(String endpoint, ListenableFuture<A> answer) {
            try {
                completion.succeed(answer.get());
            } catch (ExecutionException e) {
                onFailure(endpoint, Errors.stated(Status.trailersFromThrowable(e)), Status.fromThrowable(e));
            } catch (CancellationException e) {
                onFailure(endpoint, null, Status.CANCELLED);
            } catch (InterruptedException e) {
                throw new IllegalStateException("it is done, so nothing waits", e);
            }
        }

        private void onFailure(String endpoint, @Nullable Error stated, Status status) {
            reasons.append(reason(endpoint, stated, status));
            if (stated != null && !isWorthAskingAnother(stated)) {
                boolean notApplied = stated.getOutcome() == io.gavel.protocol.v1.Outcome.NOT_APPLIED;
                completion.fail(Errors.detail(stated, notApplied ? Outcome.NOT_APPLIED : Outcome.UNKNOWN));
            } else if (stated != null || repeatable || neverSent(status)) {
                next();
            } else {
                completion.fail(unreachable(reasons.toString(), Outcome.UNKNOWN));
            }
        }
    }

    /** What an endpoint said, in the words of the member if it stated an error. */
    static String reason(String endpoint, @Nullable Error stated, Status status) {
        String said = stated != null ? stated.getMessage() : status.getDescription();
        return endpoint + ": " + (said == null ? status.getCode().name() : said) + "; ";
    }

    /** A member without a leader did nothing; another one may know the leader. */
    private static boolean isWorthAskingAnother(Error stated) {
        return stated.getCode() == io.gavel.protocol.v1.ErrorCode.UNAVAILABLE
                && stated.getOutcome() == io.gavel.protocol.v1.Outcome.NOT_APPLIED;
    }

    /** Whether no connection could be made, so that nothing was received. */
    private static boolean neverSent(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE && status.getCause() instanceof ConnectException;
    }
}
