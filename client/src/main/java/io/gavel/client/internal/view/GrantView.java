package io.gavel.client.internal.view;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.core.Grant;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.runner.CallFuture;
import io.gavel.client.internal.runner.Callbacks;
import io.gavel.client.internal.wire.Errors;
import io.gavel.client.kv.Guard;
import io.gavel.client.lock.LockGrant;
import io.gavel.client.lock.LockLost;
import io.gavel.client.lock.LossReason;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ElectionQuery;
import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.LockQuery;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One grant of a lock. */
class GrantView implements LockGrant, Grant.LossListener {
    final Context context;
    final Grant grant;
    private final CallFuture<LockLost> lost;
    private final ReentrantLock interruptLock = new ReentrantLock();
    private @Nullable Thread interrupted;

    GrantView(Context context, Grant grant) {
        this.context = context;
        this.grant = grant;
        this.lost = new CallFuture<>(context.calls().callbacks());
        grant.listen(this);
    }

    @Override
    public void onLoss(LossReason reason) {
        interruptLock.lock();
        try {
            if (interrupted != null) {
                interrupted.interrupt();
                interrupted = null;
            }
        } finally {
            interruptLock.unlock();
        }
        lost.complete(new LockLost(name(), fencingToken(), reason));
    }

    @Override
    public void onSuspect(boolean suspect) {}

    @Override
    public String name() {
        return grant.request().name();
    }

    @Override
    public long fencingToken() {
        return grant.token();
    }

    @Override
    public long sessionId() {
        return grant.sessionId();
    }

    @Override
    public boolean isHeld() {
        return grant.isHeld();
    }

    @Override
    public Duration safeFor() {
        return Duration.ofNanos(grant.safeForNanos());
    }

    @Override
    public LockGrant requireHeld() {
        if (!grant.isHeld()) {
            throw Errors.exception(notHeld(Outcome.NOT_APPLIED));
        }
        return this;
    }

    ErrorDetail notHeld(Outcome outcome) {
        String what = grant.request().election() ? "leadership \"" : "lock \"";
        return ErrorDetail.local(
                grant.request().election() ? ErrorCode.LEADERSHIP_LOST : ErrorCode.LOCK_LOST,
                outcome,
                what + name() + "\" (token " + fencingToken() + ") is not held any more",
                grant.isReleased() ? "it was given back" : "acquire it again");
    }

    @Override
    public CompletableFuture<Boolean> confirm() {
        Query.Builder query = Query.newBuilder();
        if (grant.request().election()) {
            query.setElection(ElectionQuery.newBuilder().setName(name()));
        } else {
            query.setLock(LockQuery.newBuilder().setName(name()));
        }
        return context.read(query, this::isHolder).future();
    }

    private boolean isHolder(QueryResult result) {
        List<Holder> holders = result.hasElection()
                ? result.getElection().hasLeader()
                        ? List.of(result.getElection().getLeader())
                        : List.of()
                : result.getLock().getHoldersList();
        return holders.stream()
                .anyMatch(holder -> holder.getToken() == fencingToken() && holder.getSessionId() == sessionId());
    }

    @Override
    public CompletionStage<LockLost> lost() {
        return lost.minimalCompletionStage();
    }

    @Override
    public LockGrant onLost(Consumer<LockLost> callback) {
        CompletableFuture<Void> unused = lost.thenAcceptAsync(
                loss -> Callbacks.guarded("a loss callback", () -> callback.accept(loss)),
                context.calls().callbacks());
        return this;
    }

    @Override
    public LockGrant interruptOnLoss(Thread thread) {
        interruptLock.lock();
        try {
            if (lost.isDone()) {
                thread.interrupt();
            } else if (!grant.isReleased()) {
                interrupted = thread;
            }
        } finally {
            interruptLock.unlock();
        }
        return this;
    }

    private void forgetThread() {
        interruptLock.lock();
        try {
            interrupted = null;
        } finally {
            interruptLock.unlock();
        }
    }

    @Override
    public Guard guard() {
        return grant.request().guard(fencingToken());
    }

    @Override
    public void release() {
        releaseCall().await();
    }

    @Override
    public CompletableFuture<Boolean> releaseAsync() {
        return releaseCall().future();
    }

    private Call<Boolean> releaseCall() {
        forgetThread();
        boolean released = grant.markReleased();
        return context.withCalls(context.calls().withoutLimit())
                .call(
                        (long deadline, Completion<CommandResult> completion) -> {
                            if (released) {
                                context.core().release(grant, deadline, completion);
                            } else {
                                completion.fail(notHeld(Outcome.NOT_APPLIED));
                            }
                        },
                        this::released);
    }

    private Boolean released(CommandResult result) {
        if (!result.getRelease().getReleased()) {
            throw Errors.exception(notHeld(Outcome.NOT_APPLIED));
        }
        return Boolean.TRUE;
    }

    @Override
    public void close() {
        forgetThread();
        if (grant.markReleased()) {
            context.calls().runner().post(() -> context.core().release(grant, Long.MAX_VALUE, Completion.ignored()));
        }
    }
}
