package io.gavel.client.internal.view;

import io.gavel.client.error.GavelException;
import io.gavel.client.error.OwnershipLostException;
import io.gavel.client.internal.core.GrantRequest;
import io.gavel.client.internal.wire.Errors;
import io.gavel.client.internal.wire.Limits;
import io.gavel.client.lock.DistributedLock;
import io.gavel.client.lock.LockGrant;
import io.gavel.client.lock.LockOptions;
import io.gavel.client.lock.LockStatus;
import io.gavel.client.lock.LockedCall;
import io.gavel.client.lock.LockedTask;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/** One lock. */
final class LockView implements DistributedLock {
    private final Context context;
    private final String name;
    private final LockOptions options;

    LockView(Context context, String name, LockOptions options) {
        this.context = context;
        this.name = name;
        this.options = options;
    }

    @Override
    public String name() {
        return name;
    }

    private Acquisition<LockGrant> start() {
        return Acquisition.required(context, GrantRequest.lock(name, options, GrantRequest.FOR_EVER), GrantView::new);
    }

    private Acquisition<Optional<LockGrant>> start(long waitNanos) {
        return Acquisition.optional(context, GrantRequest.lock(name, options, waitNanos), GrantView::new);
    }

    @Override
    public LockGrant acquire() throws InterruptedException {
        return start().await();
    }

    @Override
    public CompletableFuture<LockGrant> acquireAsync() {
        return start();
    }

    @Override
    public LockGrant acquire(Duration wait) throws InterruptedException, TimeoutException {
        Optional<LockGrant> granted = tryAcquire(wait);
        if (granted.isEmpty()) {
            throw new TimeoutException("lock \"" + name + "\" was not granted within " + wait);
        }
        return granted.get();
    }

    @Override
    public Optional<LockGrant> tryAcquire() {
        return start(0).awaitUnchecked();
    }

    @Override
    public Optional<LockGrant> tryAcquire(Duration wait) throws InterruptedException {
        return start(Limits.waitNanos(wait)).await();
    }

    @Override
    public CompletableFuture<Optional<LockGrant>> tryAcquireAsync() {
        return start(0);
    }

    @Override
    public CompletableFuture<Optional<LockGrant>> tryAcquireAsync(Duration wait) {
        return start(Limits.waitNanos(wait));
    }

    @Override
    public <T> T callLocked(LockedCall<T> body) throws Exception {
        try (LockGrant grant = acquire()) {
            grant.interruptOnLoss(Thread.currentThread());
            T result;
            try {
                result = body.call(grant);
            } catch (Exception e) {
                throw lost(grant, e);
            }
            return release(grant, result);
        }
    }

    /** Not interruptible: the body is done, and what is left takes no longer than a call may. */
    private static <T> T release(LockGrant grant, T result) {
        try {
            Boolean ignored = grant.releaseAsync().join();
            return result;
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof GavelException failure)) {
                throw e;
            }
            if (failure instanceof OwnershipLostException) {
                clearInterrupt();
            }
            throw Errors.exception(failure.detail());
        }
    }

    /** What a body that failed leaves to throw: the loss, if there was one, since it may be the body's reason. */
    private static Exception lost(LockGrant grant, Exception failure) {
        if (grant.isHeld()) {
            return failure;
        }
        try {
            grant.requireHeld();
            return failure;
        } catch (GavelException loss) {
            clearInterrupt();
            if (failure instanceof OwnershipLostException) {
                return failure;
            }
            loss.addSuppressed(failure);
            return loss;
        }
    }

    /** The interrupt was our own way of telling the loss, which the exception tells now. */
    private static void clearInterrupt() {
        boolean ignored = Thread.interrupted();
    }

    @Override
    public void runLocked(LockedTask body) throws Exception {
        callLocked(grant -> {
            body.run(grant);
            return Boolean.TRUE;
        });
    }

    @Override
    public LockStatus describe() {
        return new LocksView(context).describe(name);
    }

    @Override
    public CompletableFuture<LockStatus> describeAsync() {
        return new LocksView(context).describeAsync(name);
    }
}
