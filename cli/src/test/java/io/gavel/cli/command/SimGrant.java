package io.gavel.cli.command;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.LockLostException;
import io.gavel.client.error.Outcome;
import io.gavel.client.kv.Guard;
import io.gavel.client.lock.LockGrant;
import io.gavel.client.lock.LockLost;
import io.gavel.client.lock.LossReason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// A grant without a cluster, lost when the test says so.
final class SimGrant implements LockGrant {
    private final CompletableFuture<LockLost> lost = new CompletableFuture<>();
    private final AtomicBoolean released = new AtomicBoolean();
    private volatile Runnable onRelease = () -> {};

    void lose() {
        lost.complete(new LockLost("nightly", 7, LossReason.LEASE_RAN_OUT));
    }

    boolean isReleased() {
        return released.get();
    }

    /// Runs the task when the grant is first given back.
    void onRelease(Runnable task) {
        onRelease = task;
    }

    @Override
    public String name() {
        return "nightly";
    }

    @Override
    public long fencingToken() {
        return 7;
    }

    @Override
    public long sessionId() {
        return 5;
    }

    @Override
    public boolean isHeld() {
        return !released.get() && !lost.isDone();
    }

    @Override
    public Duration safeFor() {
        return isHeld() ? Duration.ofSeconds(5) : Duration.ZERO;
    }

    @Override
    public LockGrant requireHeld() {
        if (!isHeld()) {
            throw new LockLostException(ErrorDetail.local(ErrorCode.LOCK_LOST, Outcome.NOT_APPLIED, "lost", ""));
        }
        return this;
    }

    @Override
    public CompletableFuture<Boolean> confirm() {
        return CompletableFuture.completedFuture(isHeld());
    }

    @Override
    public CompletionStage<LockLost> lost() {
        return lost;
    }

    @Override
    public LockGrant onLost(Consumer<LockLost> callback) {
        var _ = lost.thenAcceptAsync(callback);
        return this;
    }

    @Override
    public LockGrant interruptOnLoss(Thread thread) {
        var _ = lost.thenRun(thread::interrupt);
        return this;
    }

    @Override
    public Guard guard() {
        return new Guard.LockHeld("nightly", 7);
    }

    @Override
    public void release() {
        requireHeld();
        close();
    }

    @Override
    public CompletableFuture<Boolean> releaseAsync() {
        release();
        return CompletableFuture.completedFuture(true);
    }

    @Override
    public void close() {
        if (released.compareAndSet(false, true)) {
            onRelease.run();
        }
    }
}
