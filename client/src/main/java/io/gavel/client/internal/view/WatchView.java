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
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
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
    private static final System.Logger LOGGER = System.getLogger(WatchView.class.getName());

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
        if (!claim(wakeConsumer)) {
            throw consumedAlready();
        }
    }

    /** Makes the caller the one consumer; false = there is one. */
    private boolean claim(@Nullable Runnable wakeConsumer) {
        lock.lock();
        try {
            if (consumed) {
                return false;
            }
            consumed = true;
            wake = wakeConsumer;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static IllegalStateException consumedAlready() {
        return new IllegalStateException("a watch has one consumer");
    }

    @Override
    public void close() {
        @Nullable Runnable toWake;
        lock.lock();
        try {
            closed = true;
            buffer.clear();
            toWake = wake;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (toWake != null) {
            toWake.run();
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
        Pump pump = new Pump(new Flow.Subscriber<E>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {}

            @Override
            public void onNext(E event) {
                Callbacks.guarded("a watch's handler", () -> handler.accept(event));
            }

            @Override
            public void onError(Throwable error) {
                if (error instanceof GavelException failure) {
                    Callbacks.guarded("a watch's error handler", () -> onError.accept(failure));
                }
            }

            @Override
            public void onComplete() {}
        });
        consume(pump::schedule);
        pump.start(null);
        pump.request(Long.MAX_VALUE);
        return this::close;
    }

    @Override
    public Flow.Publisher<E> publisher() {
        return this::subscribe;
    }

    private void subscribe(Flow.Subscriber<? super E> subscriber) {
        Pump pump = new Pump(Objects.requireNonNull(subscriber, "subscriber"));
        pump.start(claim(pump::schedule) ? null : consumedAlready());
    }

    /** Feeds a consumer on the callback executor, one event after the other, as far as its demand goes. */
    private final class Pump implements Flow.Subscription {
        private final Flow.Subscriber<? super E> subscriber;
        private final Callbacks.SerialQueue queue = new Callbacks.SerialQueue(calls.callbacks());
        private long demand;
        /** Nothing is delivered before {@link #start}. */
        private boolean scheduled = true;

        private boolean ended;
        /** It is the watch's consumer, so that the watch ends with it. */
        private boolean consumes;

        private @Nullable Throwable refusal;

        Pump(Flow.Subscriber<? super E> subscriber) {
            this.subscriber = subscriber;
        }

        /** Hands out the subscription; {@code refused} = it is not the consumer. */
        void start(@Nullable Throwable refused) {
            refusal = refused;
            consumes = refused == null;
            queue.add(() -> {
                subscribed();
                drain();
            });
        }

        private void subscribed() {
            try {
                subscriber.onSubscribe(this);
            } catch (RuntimeException | Error e) {
                onThrown(e);
            }
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                refuse(new IllegalArgumentException("demand must be above zero, not " + n));
                end();
                return;
            }
            lock.lock();
            try {
                demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
            } finally {
                lock.unlock();
            }
            schedule();
        }

        @Override
        public void cancel() {
            lock.lock();
            try {
                ended = true;
            } finally {
                lock.unlock();
            }
            end();
        }

        private void end() {
            if (consumes) {
                close();
            }
        }

        /** What the subscriber did wrong ends its subscription. */
        private void refuse(Throwable error) {
            lock.lock();
            try {
                refusal = refusal == null ? error : refusal;
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
            boolean more = true;
            while (more) {
                more = step();
            }
        }

        /** Delivers one event; false = there is none to deliver now. */
        private boolean step() {
            @Nullable E event;
            @Nullable Runnable last;
            lock.lock();
            try {
                event = next();
                last = event == null ? rest() : null;
            } finally {
                lock.unlock();
            }
            if (event != null) {
                return deliver(event);
            }
            if (last != null) {
                last.run();
            }
            return false;
        }

        private @Nullable E next() {
            if (ended || closed || refusal != null || demand == 0) {
                return null;
            }
            E event = poll();
            if (event != null && demand != Long.MAX_VALUE) {
                demand--;
            }
            return event;
        }

        /** Nothing is left to deliver; what to tell, if it is over. */
        private @Nullable Runnable rest() {
            scheduled = false;
            Throwable error = ended ? null : failure();
            if (ended || (error == null && !closed)) {
                return null;
            }
            ended = true;
            return error == null ? subscriber::onComplete : () -> subscriber.onError(error);
        }

        private @Nullable Throwable failure() {
            if (refusal != null) {
                return refusal;
            }
            return end != null && buffer.isEmpty() && !closed ? Errors.exception(end) : null;
        }

        private boolean deliver(E event) {
            try {
                subscriber.onNext(event);
                return true;
            } catch (RuntimeException | Error e) {
                onThrown(e);
                return false;
            }
        }

        /** A subscriber that throws has cancelled, by the rules of {@link Flow}. */
        private void onThrown(Throwable thrown) {
            LOGGER.log(Level.WARNING, "a watch's subscriber threw; its subscription ends", thrown);
            cancel();
        }
    }
}
