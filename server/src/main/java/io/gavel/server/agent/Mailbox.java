package io.gavel.server.agent;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/// A bounded queue into an agent: many senders, one receiver, never blocks.
///
/// There are two lanes. [#offer] is for ordinary items; [#offerControl] has a capacity of its own and is drained
/// first, so that what keeps the cluster alive is admitted when ordinary load is refused (rule 36). Each lane is
/// bounded in items and in bytes and is first-in first-out for each sender; between the lanes there is no order.
/// A full lane refuses: what then happens is the sender's decision.
///
/// `offer*` and the size accessors: any thread. `drain`: the receiving agent only.
///
/// @param <T> the items; the weigher must give the same weight for an item whenever it is asked
public final class Mailbox<T> {
    /// What a lane holds at most; items are rounded up to a power of two.
    public record Limits(int items, long bytes) {
        public Limits {
            if (items < 1 || bytes < 1) {
                throw new IllegalArgumentException("limits must be positive: " + items + " items, " + bytes + " bytes");
            }
        }
    }

    private final Lane<T> ordinary;
    private final Lane<T> control;
    private final Runnable wake;

    /// `wake` is called after every accepted item; it must be cheap and must not block (usually [Waker#wake]).
    public Mailbox(Limits ordinary, Limits control, ToLongFunction<? super T> weigher, Runnable wake) {
        this.ordinary = new Lane<>(ordinary, weigher);
        this.control = new Lane<>(control, weigher);
        this.wake = wake;
    }

    /// Adds an ordinary item; false = full, nothing was added.
    public boolean offer(T item) {
        boolean accepted = ordinary.offer(item);
        if (accepted) {
            wake.run();
        }
        return accepted;
    }

    /// Adds an item that must get through when ordinary items are refused; false = even that lane is full.
    public boolean offerControl(T item) {
        boolean accepted = control.offer(item);
        if (accepted) {
            wake.run();
        }
        return accepted;
    }

    /// Hands over all waiting control items, then ordinary ones, `limit` items in all at most; returns how many.
    public int drain(Consumer<? super T> receiver, int limit) {
        int drained = control.drain(receiver, limit);
        return drained + ordinary.drain(receiver, limit - drained);
    }

    /// The next item, control first, or null when empty.
    public @Nullable T poll() {
        T item = control.poll();
        return item != null ? item : ordinary.poll();
    }

    public boolean isEmpty() {
        return control.queue.isEmpty() && ordinary.queue.isEmpty();
    }

    /// Items waiting in both lanes; a snapshot.
    public int size() {
        return control.queue.size() + ordinary.queue.size();
    }

    /// Bytes waiting in both lanes, as weighed; a snapshot.
    public long bytes() {
        return control.bytes.get() + ordinary.bytes.get();
    }

    private static final class Lane<T> {
        private final MpscAtomicArrayQueue<T> queue;
        private final ToLongFunction<? super T> weigher;
        private final long byteLimit;
        // Never below the weight of what the queue holds: added before the item is visible, subtracted after it left.
        private final AtomicLong bytes = new AtomicLong();

        Lane(Limits limits, ToLongFunction<? super T> weigher) {
            this.queue = new MpscAtomicArrayQueue<>(Math.max(2, limits.items()));
            this.weigher = weigher;
            this.byteLimit = limits.bytes();
        }

        boolean offer(T item) {
            long weight = weigher.applyAsLong(item);
            if (bytes.addAndGet(weight) > byteLimit || !queue.offer(item)) {
                bytes.addAndGet(-weight);
                return false;
            }
            return true;
        }

        int drain(Consumer<? super T> receiver, int limit) {
            int drained = 0;
            long weight = 0;
            try {
                while (drained < limit) {
                    T item = queue.relaxedPoll();
                    if (item == null) {
                        break;
                    }
                    drained++;
                    weight += weigher.applyAsLong(item);
                    receiver.accept(item);
                }
            } finally {
                if (drained > 0) {
                    bytes.addAndGet(-weight);
                }
            }
            return drained;
        }

        @Nullable
        T poll() {
            T item = queue.relaxedPoll();
            if (item != null) {
                bytes.addAndGet(-weigher.applyAsLong(item));
            }
            return item;
        }
    }
}
