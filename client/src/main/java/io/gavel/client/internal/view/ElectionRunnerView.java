package io.gavel.client.internal.view;

import io.gavel.client.election.ElectionRunner;
import io.gavel.client.election.LeaderTask;
import io.gavel.client.election.Leadership;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.core.CampaignLoop;
import io.gavel.client.internal.core.Grant;
import io.gavel.client.internal.core.GrantRequest;
import io.gavel.client.internal.wire.Limits;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A candidacy with a task: each election starts a thread, and the next campaign waits until that thread has ended. */
final class ElectionRunnerView implements ElectionRunner, CampaignLoop.Host {
    private static final System.Logger LOGGER = System.getLogger(ElectionRunnerView.class.getName());
    private static final long CLOSE_SECONDS = 10;

    private final Context context;
    private final String name;
    private final LeaderTask task;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile @Nullable Leadership leadership;
    private volatile @Nullable Thread thread;
    /** Owner's thread only. */
    private @Nullable CampaignLoop loop;

    ElectionRunnerView(Context context, GrantRequest request, LeaderTask task) {
        this.context = context;
        this.name = request.name();
        this.task = task;
        boolean posted =
                context.calls().runner().post(() -> loop = context.core().campaign(context.slot(), request, this));
        if (!posted) {
            stopped.countDown();
        }
    }

    @Override
    public void onElected(Grant grant) {
        LeadershipView elected = new LeadershipView(context, grant);
        leadership = elected;
        thread = context.calls().runner().startLeader("gavel-leader-" + name, () -> lead(elected), this::onTaskEnded);
    }

    private void lead(Leadership elected) {
        try {
            task.lead(elected);
        } catch (InterruptedException e) {
            LOGGER.log(Level.DEBUG, "the task that led \"" + name + "\" was interrupted", e);
        } catch (Exception e) {
            LOGGER.log(Level.WARNING, "the task that led \"" + name + "\" failed; it campaigns again", e);
        }
    }

    private void onTaskEnded() {
        thread = null;
        leadership = null;
        if (loop != null) {
            loop.onHostEnded();
        }
    }

    @Override
    public void onEnd(Grant grant, boolean lost) {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    @Override
    public void onSuspect(boolean suspect) {}

    /** Only the task itself can have done so, and goes on as long as it likes. */
    @Override
    public void onResigned() {}

    @Override
    public void onFailure(ErrorDetail error) {
        LOGGER.log(Level.INFO, "a campaign for \"" + name + "\" failed, another follows: " + error.message());
    }

    @Override
    public void onStopped() {
        stopped.countDown();
    }

    @Override
    public boolean isLeader() {
        Leadership held = leadership;
        return held != null && held.isHeld();
    }

    @Override
    public void stepDown(Duration standDownFor) {
        long nanos = Limits.waitNanos(standDownFor);
        context.calls().runner().post(() -> {
            if (loop != null) {
                loop.stepDown(nanos);
            }
        });
    }

    @Override
    public void close() {
        boolean posted = context.calls().runner().post(() -> {
            if (loop != null) {
                loop.stop();
            }
        });
        boolean fromTask = Thread.currentThread().equals(thread);
        if (!posted || fromTask || context.calls().runner().isOwner()) {
            return;
        }
        try {
            if (!stopped.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOGGER.log(Level.WARNING, "the task that leads \"" + name + "\" does not end although interrupted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
