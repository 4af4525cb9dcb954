package io.gavel.client.internal.view;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.core.ClientCore;
import io.gavel.client.internal.core.Grant;
import io.gavel.client.internal.core.GrantCompletion;
import io.gavel.client.internal.core.GrantRequest;
import io.gavel.client.internal.runner.CallFuture;
import io.gavel.client.internal.runner.Calls;
import io.gavel.client.internal.wire.Errors;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A request for a grant, as a future: empty = not in time. Cancelling it leaves the queue, and a grant that comes all
 * the same is given back, whichever of the two happens first.
 */
final class Acquisition<G> extends CallFuture<Optional<G>> implements GrantCompletion {
    private final Context context;
    private final BiFunction<Context, Grant, G> view;
    /** Owner's thread only. */
    private @Nullable Object acquisition;

    private Acquisition(Context context, BiFunction<Context, Grant, G> view) {
        super(context.calls().callbacks());
        this.context = context;
        this.view = view;
    }

    static <G> Acquisition<G> start(Context context, GrantRequest request, BiFunction<Context, Grant, G> view) {
        Acquisition<G> future = new Acquisition<>(context, view);
        boolean posted = context.calls().runner().post(() -> {
            if (!future.isDone()) {
                future.acquisition = context.core().acquire(context.slot(), request, future);
            }
        });
        if (!posted) {
            future.fail(ErrorDetail.local(ErrorCode.CLIENT_CLOSED, Outcome.NOT_APPLIED, "the client is closed", ""));
        }
        return future;
    }

    @Override
    public void granted(Grant grant) {
        G granted = view.apply(context, grant);
        if (!complete(Optional.of(granted)) && grant.markReleased()) {
            ClientCore core = context.core();
            core.release(grant, Long.MAX_VALUE, GrantView.IGNORED);
        }
    }

    @Override
    public void notInTime() {
        complete(Optional.empty());
    }

    @Override
    public void fail(ErrorDetail error) {
        completeExceptionally(Errors.exception(error));
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        if (cancelled) {
            context.calls().runner().post(() -> {
                if (acquisition != null) {
                    context.core().abandon(acquisition);
                }
            });
        }
        return cancelled;
    }

    /** Waits; the logic bounds how long. An interrupt leaves the queue. */
    Optional<G> await() throws InterruptedException {
        Calls calls = context.calls();
        calls.requireNotOwner();
        try {
            return get();
        } catch (InterruptedException e) {
            if (!cancel(false)) {
                giveBack();
            }
            throw e;
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        }
    }

    /** As {@link #await()}, for callers that cannot be interrupted: an interrupt is an exception of the call. */
    Optional<G> awaitUnchecked() {
        try {
            return await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Errors.exception(ErrorDetail.local(
                    ErrorCode.INTERRUPTED, Outcome.NOT_APPLIED, "interrupted while waiting for the answer", ""));
        }
    }

    /** The grant alone, for requests that wait for ever; cancelling it cancels this. */
    CompletableFuture<G> required() {
        Acquisition<G> whole = this;
        CallFuture<G> future = new CallFuture<>(context.calls().callbacks()) {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
                boolean cancelled = super.cancel(mayInterruptIfRunning);
                if (cancelled && !whole.cancel(mayInterruptIfRunning)) {
                    whole.giveBack();
                }
                return cancelled;
            }
        };
        CompletableFuture<Optional<G>> unused = whenComplete((granted, error) -> {
            if (error != null) {
                future.completeExceptionally(error instanceof CompletionException ? error.getCause() : error);
            } else if (granted != null && granted.isPresent()) {
                future.complete(granted.get());
            } else {
                future.completeExceptionally(new CancellationException("ended without a grant"));
            }
        });
        return future;
    }

    /** The grant had come, but nobody saw it. */
    private void giveBack() {
        if (!isCompletedExceptionally() && join().orElse(null) instanceof AutoCloseable grant) {
            try {
                grant.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing a grant throws nothing", e);
            }
        }
    }

    private static RuntimeException rethrown(@Nullable Throwable cause) {
        if (cause instanceof io.gavel.client.error.GavelException gavel) {
            return Errors.exception(gavel.detail());
        }
        return new IllegalStateException(cause);
    }
}
