package io.gavel.client.internal.runner;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.port.Completion;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call of a user, described but not made: what it asks, and how the answer is shown. Each verb describes its call
 * once; the blocking form awaits it and the other one makes a future of it.
 */
public final class Call<R> {
    /** Succeeds with the showing of the answer, so that whoever wants the result does that work. */
    private final Operation<Supplier<R>> operation;

    private final Calls calls;
    private final @Nullable Consumer<? super R> unwanted;

    private Call(Calls calls, Operation<Supplier<R>> operation, @Nullable Consumer<? super R> unwanted) {
        this.calls = calls;
        this.operation = operation;
        this.unwanted = unwanted;
    }

    /** The call that starts {@code operation} and shows its answer by {@code map}. */
    public static <T, R> Call<R> of(Calls calls, Operation<T> operation, Function<? super T, ? extends R> map) {
        return new Call<>(
                calls,
                (deadline, completion) ->
                        operation.start(deadline, then(completion, result -> () -> map.apply(result))),
                null);
    }

    /** The same call with its result shown by {@code map}. */
    public <S> Call<S> map(Function<? super R, ? extends S> map) {
        return new Call<>(
                calls,
                (deadline, completion) ->
                        operation.start(deadline, then(completion, result -> () -> map.apply(result.get()))),
                null);
    }

    /** The same call, for which "there is nothing by this name" is no failure. */
    public Call<Optional<R>> orEmpty() {
        return new Call<>(
                calls,
                (deadline, completion) -> operation.start(deadline, new Completion<>() {
                    @Override
                    public void succeed(Supplier<R> result) {
                        completion.succeed(() -> Optional.of(result.get()));
                    }

                    @Override
                    public void fail(ErrorDetail error) {
                        if (error.code() == ErrorCode.NOT_FOUND) {
                            completion.succeed(Optional::empty);
                        } else {
                            completion.fail(error);
                        }
                    }
                }),
                null);
    }

    /** The same call; {@code action} is given, on the owner's thread, a result that came after its caller had left. */
    public Call<R> ifUnwanted(Consumer<? super R> action) {
        return new Call<>(calls, operation, action);
    }

    private static <T, S> Completion<T> then(Completion<S> next, Function<T, S> map) {
        return new Completion<>() {
            @Override
            public void succeed(T result) {
                next.succeed(map.apply(result));
            }

            @Override
            public void fail(ErrorDetail error) {
                next.fail(error);
            }
        };
    }

    /**
     * Makes the call and waits for its result.
     *
     * @throws io.gavel.client.error.GavelException if it fails, or its deadline passes, or the caller is interrupted
     */
    public R await() {
        return calls.await(operation, unwanted);
    }

    /** Makes the call; dependents of the future may block. */
    public CompletableFuture<R> future() {
        return calls.future(operation, unwanted);
    }

    /** Makes the call, for callers that want to know only that it is done. */
    public CompletableFuture<Void> completion() {
        return future().thenAccept(result -> {});
    }
}
