package io.gavel.client.internal.view;

import io.gavel.client.Registration;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.core.ClientCore;
import io.gavel.client.internal.core.WatchAgent;
import io.gavel.client.internal.core.WatchSink;
import io.gavel.client.internal.runner.Callbacks;
import io.gavel.client.internal.runner.Calls;
import io.gavel.client.internal.wire.Errors;
import io.gavel.client.watch.Watch;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The consumer's side of a subscription: a buffer between the owner's thread and one consumer. Above
 * {@link #HIGH_WATER} events the stream is held back, below {@link #LOW_WATER} it is let go on; the buffer never holds
 * more than that and one response.
 */
final class WatchView<E> implements Watch<E>, WatchSink<E> {
    static final int HIGH_WATER = 1024;
    static final int LOW_WATER = 256;

    private final Calls calls;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<E> buffer = new ArrayDeque<>();
    private @Nullable WatchAgent<E> agent;
    private @Nullable ErrorDetail end;
    private boolean closed;
    private boolean heldBack;
    private boolean consumed;
    private @Nullable Runnable wake;

    WatchView(Calls calls) {
        this.calls = calls;
    }

    void start(ClientCore core, WatchAgent<E> watch) {
        agent = watch;
        if (!calls.runner().post(() -> core.watch(watch))) {
            onEnd(ErrorDetail.local(ErrorCode.CLIENT_CLOSED, Outcome.NOT_APPLIED, "the client is closed", ""));
        }
    }

    @Override
    public void onEvent(E event) {
        @Nullable Runnable toWake;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            buffer.add(event);
            if (buffer.size() >= HIGH_WATER && !heldBack && agent != null) {
                heldBack = true;
                agent.room(false);
            }
            toWake = wake;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (toWake != null) {
            toWake.run();
        }
    }

    @Override
    public void onEnd(ErrorDetail error) {
        @Nullable Runnable toWake;
        lock.lock();
        try {
            end = error;
            toWake = wake;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (toWake != null) {
            toWake.run();
        }
    }

    /** The next event that is there already; null = none. Call with the lock held. */
    private @Nullable E poll() {
        E event = buffer.poll();
        if (heldBack && buffer.size() <= LOW_WATER && agent != null) {
            heldBack = false;
            WatchAgent<E> watch = agent;
            calls.runner().post(() -> watch.room(true));
        }
        return event;
    }

    private void consume(@Nullable Runnable wakeConsumer) {
        lock.lock();
        try {
            if (consumed) {
                throw new IllegalStateException("a watch has one consumer");
            }
            consumed = true;
            wake = wakeConsumer;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            buffer.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        WatchAgent<E> watch = agent;
        if (watch != null) {
            calls.runner().post(watch::close);
        }
    }

    @Override
    public Iterator<E> iterator() {
        consume(null);
        return new Events();
    }

    private final class Events implements Iterator<E> {
        private @Nullable E next;

        @Override
        public boolean hasNext() {
            calls.requireNotOwner();
            if (next != null) {
                return true;
            }
            lock.lock();
            try {
                while (true) {
                    next = closed ? null : poll();
                    if (next != null || closed) {
                        return next != null;
                    }
                    if (end != null) {
                        throw Errors.exception(end);
                    }
                    changed.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Errors.exception(ErrorDetail.local(
                        ErrorCode.INTERRUPTED, Outcome.NOT_APPLIED, "interrupted while waiting for an event", ""));
            } finally {
                lock.unlock();
            }
        }

        @Override
        public E next() {
            E event = hasNext() ? next : null;
            if (event == null) {
                throw new NoSuchElementException("the watch is closed");
            }
            next = null;
            return event;
        }
    }

    @Override
    public Registration onEvent(Consumer<? super E> handler, Consumer<GavelException> onError) {
        Pump pump = new Pump(
                event -> Callbacks.guarded("a watch's handler", () -> handler.accept(event)),
                error -> Callbacks.guarded("a watch's error handler", () -> onError.accept(error)));
        consume(pump::schedule);
        pump.demand(Long.MAX_VALUE);
        return this::close;
    }

    @Override
    public Flow.Publisher<E> publisher() {
        return subscriber -> {
            Pump pump = new Pump(subscriber::onNext, subscriber::onError);
            consume(pump::schedule);
            pump.queue.add(() -> subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long n) {
                    if (n <= 0) {
                        close();
                        pump.queue.add(() -> subscriber.onError(
                                new IllegalArgumentException("demand must be above zero, not " + n)));
                    } else {
                        pump.demand(n);
                    }
                }

                @Override
                public void cancel() {
                    close();
                }
            }));
        };
    }

    /** Feeds a consumer on the callback executor, one event after the other, as far as its demand goes. */
    private final class Pump {
        private final Consumer<E> onNext;
        private final Consumer<GavelException> onError;
        private final Callbacks.SerialQueue queue = new Callbacks.SerialQueue(calls.callbacks());
        private long demand;
        private boolean scheduled;
        private boolean ended;

        Pump(Consumer<E> onNext, Consumer<GavelException> onError) {
            this.onNext = onNext;
            this.onError = onError;
        }

        void demand(long more) {
            lock.lock();
            try {
                demand = demand + more < 0 ? Long.MAX_VALUE : demand + more;
            } finally {
                lock.unlock();
            }
            schedule();
        }

        void schedule() {
            lock.lock();
            try {
                if (scheduled) {
                    return;
                }
                scheduled = true;
            } finally {
                lock.unlock();
            }
            queue.add(this::drain);
        }

        private void drain() {
            while (true) {
                @Nullable E event;
                @Nullable ErrorDetail error = null;
                lock.lock();
                try {
                    event = closed || demand == 0 ? null : poll();
                    if (event != null) {
                        demand = demand == Long.MAX_VALUE ? demand : demand - 1;
                    } else {
                        scheduled = false;
                        if (buffer.isEmpty() && !closed && !ended) {
                            error = end;
                            ended = error != null;
                        }
                    }
                } finally {
                    lock.unlock();
                }
                if (event == null) {
                    if (error != null) {
                        onError.accept(Errors.exception(error));
                    }
                    return;
                }
                onNext.accept(event);
            }
        }
    }
}
