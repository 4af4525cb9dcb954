package io.gavel.client.internal.view;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.core.Grant;
import io.gavel.client.internal.core.GrantCompletion;
import io.gavel.client.internal.core.GrantRequest;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.runner.CallFuture;
import io.gavel.client.internal.wire.Errors;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request for a grant, as a future. Whoever completes it before the cluster does (by {@code cancel},
 * {@code orTimeout}, {@code complete}) leaves the queue, and a grant that comes all the same is given back, whichever
 * of the two happens first.
 */
final class Acquisition<R> extends CallFuture<R> implements GrantCompletion {
    private final Context context;
    private final Function<Grant, R> granted;
    private final @Nullable Supplier<R> late;
    /** Owner's thread only. */
    private @Nullable Object acquisition;

    private volatile @Nullable Grant delivered;

    private Acquisition(Context context, Function<Grant, R> granted, @Nullable Supplier<R> late) {
        super(context.calls().callbacks());
        this.context = context;
        this.granted = granted;
        this.late = late;
    }

    /** For a wait that may end without a grant. */
    static <G> Acquisition<Optional<G>> optional(
            Context context, GrantRequest request, BiFunction<Context, Grant, G> view) {
        return start(
                request, new Acquisition<>(context, grant -> Optional.of(view.apply(context, grant)), Optional::empty));
    }

    /** For a wait without a limit. */
    static <G> Acquisition<G> required(Context context, GrantRequest request, BiFunction<Context, Grant, G> view) {
        return start(request, new Acquisition<>(context, grant -> view.apply(context, grant), null));
    }

    private static <R> Acquisition<R> start(GrantRequest request, Acquisition<R> future) {
        Context context = future.context;
        boolean posted = context.calls().runner().post(() -> {
            if (!future.isDone()) {
                future.acquisition = context.core()
                        .acquire(context.slot(), request, context.calls().timeoutNanos(), future);
            }
        });
        if (!posted) {
            future.fail(Errors.closed(Outcome.NOT_APPLIED));
        }
        return future;
    }

    @Override
    public void granted(Grant grant) {
        delivered = grant;
        if (!super.complete(granted.apply(grant))) {
            giveBack(grant);
        }
    }

    @Override
    public void notInTime() {
        if (late != null) {
            super.complete(late.get());
        } else {
            fail(ErrorDetail.local(ErrorCode.DEADLINE, Outcome.NOT_APPLIED, "ended without a grant", ""));
        }
    }

    @Override
    public void fail(ErrorDetail error) {
        super.completeExceptionally(Errors.exception(error));
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return left(super.cancel(mayInterruptIfRunning));
    }

    @Override
    public boolean complete(R value) {
        return left(super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable error) {
        return left(super.completeExceptionally(error));
    }

    private boolean left(boolean completed) {
        if (completed) {
            context.calls().runner().post(() -> {
                if (acquisition != null) {
                    context.core().abandon(acquisition);
                }
            });
        }
        return completed;
    }

    private void giveBack(Grant grant) {
        if (grant.markReleased()) {
            context.calls().runner().post(() -> context.core().release(grant, Long.MAX_VALUE, Completion.ignored()));
        }
    }

    /** Waits; the logic bounds how long. An interrupt leaves the queue. */
    R await() throws InterruptedException {
        try {
            return context.calls().get(this);
        } catch (InterruptedException e) {
            Grant unseen = cancel(false) ? null : delivered;
            if (unseen != null) {
                giveBack(unseen);
            }
            throw e;
        }
    }

    /** As {@link #await()}, for verbs that are over at once: an interrupt is an exception of the call. */
    R awaitUnchecked() {
        try {
            return await();
        } catch (InterruptedException e) {
            throw Errors.interrupted("interrupted while waiting for the answer");
        }
    }
}
