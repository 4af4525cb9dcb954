package io.gavel.server.state.lock;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.Waiter;
import io.gavel.protocol.v1.WaiterState;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.state.table.ApplyContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What locks and elections have in common: asking, leaving, giving back, confirming.
/// Each verb checks everything before it changes anything (rule 34).
final class ClaimVerbs {
    /// Losses of one name that clients have not confirmed.
    static final int MAX_UNCONFIRMED_LOSSES = 1_024;

    /// A checked request for permits.
    ///
    /// @param waitMillis null = for ever, 0 = only at once
    record Request(
            String name,
            int permits,
            int capacity,
            long lockDelayMillis,
            @Nullable Long waitMillis,
            ByteString proposal,
            List<Guard> guards) {}

    private final OwnershipKind kind;
    private final PermitQueues queues;

    ClaimVerbs(OwnershipKind kind, PermitQueues queues) {
        this.kind = kind;
        this.queues = queues;
    }

    /// Acquires or campaigns: granted in this entry if nothing is in the way, else queued (rule 9).
    CommandResult.Builder ask(Request request, ApplyContext context) {
        PermitQueue queue = queues.find(request.name());
        boolean atOnce = queues.wouldGrant(queue, request.permits(), context);
        Error refusal = checkAsk(request, queue, atOnce, context);
        if (refusal != null) {
            return Answers.refused(refusal);
        }
        Long waitMillis = request.waitMillis();
        long waitUntil =
                waitMillis == null || waitMillis == 0 ? Claim.NEVER : PermitQueues.deadlineAfter(waitMillis, context);
        PermitQueue target =
                queue != null ? queue : queues.open(request.name(), request.capacity(), request.lockDelayMillis());
        ClaimId id = new ClaimId(context.sessionId(), context.sequence());
        Claim claim = queues.enqueue(
                target,
                id,
                request.permits(),
                waitUntil,
                request.proposal(),
                context.entryId().index());
        queues.settle(target, context);
        return claim.state() == Claim.State.HELD
                ? CommandResult.newBuilder().setGrant(Answers.grant(claim))
                : CommandResult.newBuilder().setQueued(Answers.queued(claim));
    }

    private @Nullable Error checkAsk(
            Request request, @Nullable PermitQueue queue, boolean atOnce, ApplyContext context) {
        Error guard = context.checkGuards(request.guards());
        if (guard != null) {
            return guard;
        }
        if (!context.sessions().isAlive(context.sessionId())) {
            return Refusals.sessionExpired(context.sessionId());
        }
        Error mismatch = queue == null ? null : checkShape(request, queue);
        if (mismatch != null) {
            return mismatch;
        }
        Long waitMillis = request.waitMillis();
        if (!atOnce && waitMillis != null && waitMillis == 0) {
            return Answers.busy(kind, request.name(), queue);
        }
        int maxWaiters = context.settings().getMaxWaitersPerLock();
        if (!atOnce && queue != null && queue.waiters().size() >= maxWaiters) {
            return Refusals.overQuota("waiters of " + kind.noun + " " + request.name(), maxWaiters, maxWaiters + 1L);
        }
        int maxClaims = context.settings().getMaxKeysPerSession();
        if (queues.claimsOf(context.sessionId()) >= maxClaims) {
            return Refusals.overQuota(kind.noun + "s of one session", maxClaims, maxClaims + 1L);
        }
        return context.checkGrowth(
                OwnershipRecords.sizeBound(request.name()) + request.proposal().size());
    }

    private static @Nullable Error checkShape(Request request, PermitQueue queue) {
        if (request.capacity() != queue.capacity) {
            return Refusals.conflict("capacity is " + queue.capacity + ", not " + request.capacity())
                    .setField("capacity")
                    .setLimit(Integer.toString(queue.capacity))
                    .setValue(Integer.toString(request.capacity()))
                    .setHint("the first acquire fixes it for as long as the lock is held or awaited")
                    .build();
        }
        if (request.lockDelayMillis() != queue.lockDelayMillis) {
            return Refusals.conflict(
                            "lock delay is " + queue.lockDelayMillis + " ms, not " + request.lockDelayMillis() + " ms")
                    .setField("lock_delay_millis")
                    .setLimit(Long.toString(queue.lockDelayMillis))
                    .setValue(Long.toString(request.lockDelayMillis()))
                    .setHint("the first acquire fixes it for as long as the lock is held or awaited")
                    .build();
        }
        return null;
    }

    /// Gives a grant back.
    CommandResult.Builder release(String name, long token, ApplyContext context) {
        if (context.sessionId() == 0) {
            return Answers.refused(Answers.needsSession("release"));
        }
        PermitQueue queue = queues.find(name);
        Claim holder = queue == null ? null : queue.holders().get(token);
        if (queue == null || holder == null) {
            confirm(name, token, context);
            return Answers.released(false, false);
        }
        if (holder.id.sessionId() != context.sessionId()) {
            return Answers.refused(Answers.notYours(kind, name, holder));
        }
        giveBack(holder, context);
        return Answers.released(true, true);
    }

    /// Leaves the queue, or gives back what was granted meanwhile, in this one entry.
    CommandResult.Builder withdraw(String name, Waiter waiter, ApplyContext context) {
        if (context.sessionId() == 0) {
            return Answers.refused(Answers.needsSession("withdraw"));
        }
        ClaimId id = ClaimId.of(waiter);
        if (id.sessionId() != context.sessionId()) {
            return Answers.refused(Refusals.invalid(
                    "waiter.session_id",
                    Long.toUnsignedString(context.sessionId()),
                    Long.toUnsignedString(id.sessionId()),
                    "a session withdraws only its own requests"));
        }
        Claim claim = queues.find(id);
        if (claim == null || !claim.queue.name.equals(name)) {
            return Answers.released(false, false);
        }
        return switch (claim.state()) {
            case WAITING -> {
                queues.remove(claim);
                queues.settle(claim.queue, context);
                yield Answers.released(true, false);
            }
            case HELD -> {
                giveBack(claim, context);
                yield Answers.released(true, true);
            }
            case LOST -> {
                confirm(name, claim.token(), context);
                yield Answers.released(false, true);
            }
        };
    }

    void giveBack(Claim holder, ApplyContext context) {
        context.changeRevision();
        queues.remove(holder);
        queues.settle(holder.queue, context);
    }

    /// The client knows that its grant is gone: the next one need not wait for it any more (rule 4).
    /// Only the session that held it can say so.
    CommandResult.Builder confirmLoss(String name, long token, ApplyContext context) {
        if (context.sessionId() == 0) {
            return Answers.refused(Answers.needsSession("confirm_loss"));
        }
        confirm(name, token, context);
        return Answers.done();
    }

    private void confirm(String name, long token, ApplyContext context) {
        PermitQueue queue = queues.find(name);
        Claim loss = queue == null ? null : queue.losses().get(token);
        if (queue != null && loss != null && loss.id.sessionId() == context.sessionId()) {
            queues.remove(loss);
            queues.settle(queue, context);
        }
    }

    /// Whether one more loss may wait for its client's confirmation.
    @Nullable
    Error checkUnconfirmed(PermitQueue queue, int more) {
        long losses = queue.losses().size() + (long) more;
        return losses > MAX_UNCONFIRMED_LOSSES
                ? Refusals.overQuota("unconfirmed losses of " + queue.name, MAX_UNCONFIRMED_LOSSES, losses)
                : null;
    }

    /// Null if the token holds (rule 10).
    @Nullable
    Error checkToken(String name, long token, ApplyContext context) {
        return queues.holder(name, token, context) != null
                ? null
                : Answers.notHeld(kind, name, token, queues.find(name));
    }

    /// What became of a request.
    WaiterState waiterState(String name, Waiter waiter) {
        ClaimId id = ClaimId.of(waiter);
        Claim claim = queues.find(id);
        WaiterState.Builder state = WaiterState.newBuilder();
        if (claim == null || !claim.queue.name.equals(name)) {
            return state.setEnded(Answers.forgotten(kind, id)).build();
        }
        return switch (claim.state()) {
            case WAITING -> state.setQueued(Answers.queued(claim)).build();
            case HELD -> state.setGranted(Answers.grant(claim)).build();
            case LOST -> state.setEnded(Answers.lost(kind, name, claim.token())).build();
        };
    }

    /// Null if the wait limit is one that a request may have.
    static @Nullable Error checkWait(@Nullable Long waitMillis) {
        return waitMillis == null || (waitMillis >= 0 && waitMillis <= RequestLimits.WAIT_MAX_MILLIS)
                ? null
                : Refusals.tooLarge("wait_millis", RequestLimits.WAIT_MAX_MILLIS, waitMillis);
    }
}
