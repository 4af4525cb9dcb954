package io.gavel.client.internal.view;

import io.gavel.client.Registration;
import io.gavel.client.config.ConfigEvent;
import io.gavel.client.config.LiveConfig;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.NotFoundException;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.runner.CallFuture;
import io.gavel.client.internal.runner.Callbacks;
import io.gavel.client.internal.runner.Calls;
import io.gavel.client.internal.wire.Errors;
import io.gavel.client.internal.wire.RecordBinder;
import io.gavel.client.watch.Watch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A record that follows a namespace. Events arrive one after the other; readers read one volatile field. */
final class LiveConfigView<T extends Record> implements LiveConfig<T> {
    private record Current<T>(T value, long version) {}

    private final Context context;
    private final Watch<ConfigEvent> watch;
    private final RecordBinder<T> binder;
    private final CallFuture<LiveConfig<T>> first;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<BiConsumer<T, T>> listeners = new ArrayList<>();
    private volatile @Nullable Current<T> current;
    private volatile @Nullable GavelException rejected;

    private LiveConfigView(Context context, Watch<ConfigEvent> watch, RecordBinder<T> binder) {
        this.context = context;
        this.watch = watch;
        this.binder = binder;
        this.first = new CallFuture<>(context.calls().callbacks());
    }

    /** Completes with the first value; whatever else completes it stops the following. */
    static <T extends Record> CompletableFuture<LiveConfig<T>> start(
            Context context, String name, Watch<ConfigEvent> watch, RecordBinder<T> binder) {
        LiveConfigView<T> view = new LiveConfigView<>(context, watch, binder);
        Calls calls = context.calls();
        CompletableFuture<LiveConfig<T>> unused = view.first.whenComplete((live, error) -> {
            if (error != null) {
                watch.close();
            }
        });
        watch.onEvent(view::onRelease, view::onEnd);
        CompletableFuture.delayedExecutor(calls.timeoutNanos(), TimeUnit.NANOSECONDS, calls.callbacks())
                .execute(() -> view.onLate(name));
        return view.first;
    }

    private void onLate(String name) {
        if (!first.isDone()) {
            first.completeExceptionally(Errors.exception(ErrorDetail.local(
                    ErrorCode.DEADLINE, Outcome.NOT_APPLIED, "namespace \"" + name + "\" was not read in time", "")));
        }
    }

    private void onRelease(ConfigEvent event) {
        try {
            if (event.made() == null) {
                throw new NotFoundException(ErrorDetail.local(
                        ErrorCode.NOT_FOUND, Outcome.NOT_APPLIED, "the namespace has no release", "publish one"));
            }
            T value = binder.bind(event.made().entries());
            rejected = null;
            take(new Current<>(value, event.made().version()));
            first.complete(this);
        } catch (GavelException e) {
            rejected = e;
            first.completeExceptionally(e);
        } catch (RuntimeException e) {
            first.completeExceptionally(e);
            throw e;
        }
    }

    private void take(Current<T> next) {
        List<BiConsumer<T, T>> told;
        @Nullable Current<T> before;
        lock.lock();
        try {
            before = current;
            current = next;
            told = new ArrayList<>(listeners);
        } finally {
            lock.unlock();
        }
        if (before != null && !before.value().equals(next.value())) {
            T old = before.value();
            told.forEach(listener -> listener.accept(old, next.value()));
        }
    }

    private void onEnd(GavelException error) {
        rejected = error;
        first.completeExceptionally(error);
    }

    private Current<T> current() {
        Current<T> known = current;
        if (known == null) {
            throw new IllegalStateException("handed out without a first value");
        }
        return known;
    }

    @Override
    public T get() {
        return current().value();
    }

    @Override
    public long version() {
        return current().version();
    }

    @Override
    public Optional<GavelException> lastRejected() {
        return Optional.ofNullable(rejected);
    }

    @Override
    public Registration onChange(BiConsumer<? super T, ? super T> listener) {
        Callbacks.SerialQueue queue = new Callbacks.SerialQueue(context.calls().callbacks());
        BiConsumer<T, T> told = (before, now) -> queue.add(() -> listener.accept(before, now));
        lock.lock();
        try {
            listeners.add(told);
        } finally {
            lock.unlock();
        }
        return () -> remove(told);
    }

    private void remove(BiConsumer<T, T> told) {
        lock.lock();
        try {
            listeners.remove(told);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        watch.close();
    }
}
