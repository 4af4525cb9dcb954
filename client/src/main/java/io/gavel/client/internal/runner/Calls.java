package io.gavel.client.internal.runner;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.wire.Errors;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The blocking and the future form of every operation. */
public final class Calls {
    /** Calls that may be open at a time, of all kinds; the logic has finer limits. */
    static final int MAX_OPEN = 32_768;

    /** The logic ends every call at its deadline; this is for a defect of it. */
    private static final long BACKSTOP_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final ClientRunner runner;
    private final Executor callbacks;
    private final long timeoutNanos;
    private final AtomicInteger open;

    /** Calls with this deadline each. */
    public Calls(ClientRunner runner, Executor callbacks, Duration timeout) {
        this(runner, callbacks, timeout.toNanos(), new AtomicInteger());
    }

    private Calls(ClientRunner runner, Executor callbacks, long timeoutNanos, AtomicInteger open) {
        this.runner = runner;
        this.callbacks = callbacks;
        this.timeoutNanos = timeoutNanos;
        this.open = open;
    }

    /** The same with another deadline. */
    public Calls withTimeout(Duration timeout) {
        return new Calls(runner, callbacks, timeout.toNanos(), open);
    }

    /** The same without the limit of open calls, for what must not be refused: giving back what was granted. */
    public Calls withoutLimit() {
        return new Calls(runner, callbacks, timeoutNanos, new AtomicInteger());
    }

    /** Whose thread runs the operations. */
    public ClientRunner runner() {
        return runner;
    }

    /** Where the user's code is called. */
    public Executor callbacks() {
        return callbacks;
    }

    /** The deadline of each call. */
    public long timeoutNanos() {
        return timeoutNanos;
    }

    /** Starts {@code operation} and waits for its result; {@code unwanted} is given one that comes too late. */
    <R> R await(Operation<Supplier<R>> operation, @Nullable Consumer<? super R> unwanted) {
        requireNotOwner();
        Blocking<R> call = new Blocking<>(unwanted);
        start(operation, call);
        return call.await(timeoutNanos + BACKSTOP_NANOS);
    }

    /** Starts {@code operation}; {@code unwanted} is given a result that comes after the future was completed. */
    <R> CompletableFuture<R> future(Operation<Supplier<R>> operation, @Nullable Consumer<? super R> unwanted) {
        CallFuture<R> future = new CallFuture<>(callbacks);
        start(operation, new Completion<Supplier<R>>() {
            @Override
            public void succeed(Supplier<R> result) {
                open.decrementAndGet();
                R shown;
                try {
                    shown = result.get();
                } catch (RuntimeException e) {
                    future.completeExceptionally(e);
                    return;
                }
                if (!future.complete(shown) && unwanted != null) {
                    unwanted.accept(shown);
                }
            }

            @Override
            public void fail(ErrorDetail error) {
                open.decrementAndGet();
                future.completeExceptionally(Errors.exception(error));
            }
        });
        return future;
    }

    /** Waits for a future of this client, whose failures are thrown with the caller's trace. */
    public <R> R get(CompletableFuture<R> future) throws InterruptedException {
        requireNotOwner();
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof GavelException failure
                    ? Errors.exception(failure.detail())
                    : new IllegalStateException(e.getCause());
        }
    }

    private <T> void start(Operation<T> operation, Completion<T> completion) {
        if (open.incrementAndGet() > MAX_OPEN) {
            completion.fail(ErrorDetail.local(
                    ErrorCode.OVERLOADED,
                    Outcome.NOT_APPLIED,
                    MAX_OPEN + " calls of this client are open already",
                    "send fewer at a time"));
            return;
        }
        long deadline = runner.clock().monotonicNanos() + timeoutNanos;
        if (!runner.post(() -> operation.start(deadline, completion))) {
            completion.fail(Errors.closed(Outcome.NOT_APPLIED));
        }
    }

    /** A wait on the owner's thread would be a wait for itself. */
    public void requireNotOwner() {
        if (runner.isOwner()) {
            throw new IllegalStateException(
                    "a blocking call on the client's own thread, which an executor that runs its tasks at once, or a"
                            + " dependent of CompletableFuture.allOf or anyOf, was given: use an ...Async verb there");
        }
    }

    /** One waiting thread: it takes the result, or leaves, whichever is first. */
    private final class Blocking<R> implements Completion<Supplier<R>> {
        private static final Object LEFT = new Object();

        private final Thread waiter = Thread.currentThread();
        private final AtomicReference<@Nullable Object> state = new AtomicReference<>();
        private final @Nullable Consumer<? super R> unwanted;

        Blocking(@Nullable Consumer<? super R> unwanted) {
            this.unwanted = unwanted;
        }

        @Override
        public void succeed(Supplier<R> result) {
            if (!done(result) && unwanted != null) {
                unwanted.accept(result.get());
            }
        }

        @Override
        public void fail(ErrorDetail error) {
            boolean ignored = done(error);
        }

        private boolean done(Object value) {
            open.decrementAndGet();
            boolean taken = state.compareAndSet(null, value);
            LockSupport.unpark(waiter);
            return taken;
        }

        R await(long nanos) {
            long deadline = runner.clock().monotonicNanos() + nanos;
            while (state.get() == null) {
                long left = deadline - runner.clock().monotonicNanos();
                if (left <= 0) {
                    leave(ErrorCode.DEADLINE, "no answer in time");
                } else if (Thread.currentThread().isInterrupted()) {
                    leave(ErrorCode.INTERRUPTED, "interrupted while waiting for the answer");
                } else {
                    LockSupport.parkNanos(this, left);
                }
            }
            Object value = state.get();
            if (value instanceof ErrorDetail error) {
                throw Errors.exception(error);
            }
            @SuppressWarnings("unchecked")
            Supplier<R> answer = (Supplier<R>) Objects.requireNonNull(value);
            return answer.get();
        }

        private void leave(ErrorCode code, String message) {
            if (state.compareAndSet(null, LEFT)) {
                throw Errors.exception(ErrorDetail.local(code, Outcome.UNKNOWN, message, ""));
            }
        }
    }
}
