package io.gavel.client.internal.runner;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.wire.Errors;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
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

    /** Starts {@code operation} and waits for its result. */
    public <T, R> R await(Operation<T> operation, Function<? super T, ? extends R> map) {
        requireNotOwner();
        Blocking<T> call = new Blocking<>();
        start(operation, call);
        return map.apply(call.await(timeoutNanos + BACKSTOP_NANOS));
    }

    /** Starts {@code operation}; the future's dependents may block. */
    public <T, R> CompletableFuture<R> future(Operation<T> operation, Function<? super T, ? extends R> map) {
        CallFuture<R> future = new CallFuture<>(callbacks);
        start(operation, new Completion<T>() {
            @Override
            public void succeed(T result) {
                open.decrementAndGet();
                try {
                    future.complete(map.apply(result));
                } catch (GavelException e) {
                    future.completeExceptionally(e);
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
            completion.fail(
                    ErrorDetail.local(ErrorCode.CLIENT_CLOSED, Outcome.NOT_APPLIED, "the client is closed", ""));
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

    /** One waiting thread. */
    private final class Blocking<T> implements Completion<T> {
        private final Thread waiter = Thread.currentThread();
        private volatile @Nullable Object result;

        @Override
        public void succeed(T value) {
            done(value);
        }

        @Override
        public void fail(ErrorDetail error) {
            done(error);
        }

        private void done(Object value) {
            open.decrementAndGet();
            result = value;
            LockSupport.unpark(waiter);
        }

        T await(long nanos) {
            long deadline = runner.clock().monotonicNanos() + nanos;
            Object value = result;
            while (value == null) {
                long left = deadline - runner.clock().monotonicNanos();
                if (left <= 0) {
                    throw Errors.exception(
                            ErrorDetail.local(ErrorCode.DEADLINE, Outcome.UNKNOWN, "no answer in time", ""));
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw Errors.exception(ErrorDetail.local(
                            ErrorCode.INTERRUPTED, Outcome.UNKNOWN, "interrupted while waiting for the answer", ""));
                }
                LockSupport.parkNanos(this, left);
                value = result;
            }
            if (value instanceof ErrorDetail error) {
                throw Errors.exception(error);
            }
            @SuppressWarnings("unchecked")
            T answer = (T) value;
            return answer;
        }
    }
}
