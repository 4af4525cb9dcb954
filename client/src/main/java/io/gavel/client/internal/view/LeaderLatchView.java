package io.gavel.client.internal.view;

import io.gavel.client.Registration;
import io.gavel.client.election.LatchState;
import io.gavel.client.election.LeaderLatch;
import io.gavel.client.election.Leadership;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.core.CampaignLoop;
import io.gavel.client.internal.core.Grant;
import io.gavel.client.internal.core.GrantRequest;
import io.gavel.client.internal.runner.Callbacks;
import io.gavel.client.internal.wire.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A candidacy that says whether it leads. */
final class LeaderLatchView implements LeaderLatch, CampaignLoop.Host {
    private static final long CLOSE_SECONDS = 10;

    private final Context context;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<Consumer<LatchState>> listeners = new ArrayList<>();
    private volatile @Nullable Leadership leadership;
    /** Owner's thread only. */
    private @Nullable CampaignLoop loop;

    /** Owner's thread only. */
    private LatchState last = LatchState.LOST;

    LeaderLatchView(Context context, GrantRequest request) {
        this.context = context;
        boolean posted =
                context.calls().runner().post(() -> loop = context.core().campaign(context.slot(), request, this));
        if (!posted) {
            stopped.countDown();
        }
    }

    @Override
    public void onElected(Grant grant) {
        lock.lock();
        try {
            leadership = new LeadershipView(context, grant);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        tell(LatchState.LEADING);
    }

    @Override
    public void onEnd(Grant grant, boolean lost) {
        endLeading();
    }

    @Override
    public void onResigned() {
        endLeading();
    }

    private void endLeading() {
        leadership = null;
        tell(LatchState.LOST);
        if (loop != null) {
            loop.onHostEnded();
        }
    }

    @Override
    public void onSuspect(boolean suspect) {
        tell(suspect ? LatchState.SUSPECT : LatchState.LEADING);
    }

    @Override
    public void onFailure(ErrorDetail error) {}

    @Override
    public void onStopped() {
        lock.lock();
        try {
            stopped.countDown();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void tell(LatchState state) {
        last = state;
        new ArrayList<>(listeners).forEach(listener -> listener.accept(state));
    }

    @Override
    public boolean hasLeadership() {
        Leadership held = leadership;
        return held != null && held.isHeld();
    }

    @Override
    public Optional<Leadership> leadership() {
        return Optional.ofNullable(leadership);
    }

    @Override
    public boolean await(Duration wait) throws InterruptedException {
        context.calls().requireNotOwner();
        long left = Limits.waitNanos(wait);
        lock.lock();
        try {
            while (!hasLeadership()) {
                if (left <= 0 || stopped.getCount() == 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Registration onChange(Consumer<LatchState> listener) {
        Callbacks.SerialQueue queue = new Callbacks.SerialQueue(context.calls().callbacks());
        Consumer<LatchState> told = state -> queue.add(() -> listener.accept(state));
        context.calls().runner().post(() -> {
            listeners.add(told);
            if (last != LatchState.LOST) {
                told.accept(last);
            }
        });
        return () -> context.calls().runner().post(() -> listeners.remove(told));
    }

    @Override
    public void close() {
        boolean posted = context.calls().runner().post(() -> {
            if (loop != null) {
                loop.stop();
            }
        });
        if (!posted || context.calls().runner().isOwner()) {
            return;
        }
        try {
            boolean ignored = stopped.await(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
