package io.gavel.server.state.lock;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.AcquireLock;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ForceReleaseLock;
import io.gavel.protocol.v1.LockList;
import io.gavel.protocol.v1.LockListQuery;
import io.gavel.protocol.v1.LockState;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.ReadContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Exclusive locks, read-write locks and semaphores.
///
/// A lock exists while it is held, awaited, or kept back by a loss or a lock-delay; then it is forgotten. Its capacity
/// and lock-delay are those of the acquire that made it. Tokens come from the one counter of the cluster, so a lock
/// that is made again goes on rising (rule 10).
public final class LockTable extends QueueTable {
    private static final OwnershipKind KIND = OwnershipKind.LOCK;

    public LockTable() {
        super(KIND);
    }

    @Override
    void onSettled(PermitQueue queue, ApplyContext context) {}

    @Override
    public CommandResult.Builder execute(Command command, ApplyContext context) {
        return switch (command.getKindCase()) {
            case ACQUIRE_LOCK -> acquire(command.getAcquireLock(), context);
            case RELEASE_LOCK ->
                verbs.release(
                        command.getReleaseLock().getName(),
                        command.getReleaseLock().getToken(),
                        context);
            case WITHDRAW ->
                verbs.withdraw(
                        command.getWithdraw().getName(), command.getWithdraw().getWaiter(), context);
            case FORCE_RELEASE_LOCK -> forceRelease(command.getForceReleaseLock(), context);
            case CONFIRM_LOSS ->
                verbs.confirmLoss(
                        command.getConfirmLoss().getName(),
                        command.getConfirmLoss().getToken(),
                        context);
            default -> throw new IllegalArgumentException("not a command of locks: " + command.getKindCase());
        };
    }

    private CommandResult.Builder acquire(AcquireLock acquire, ApplyContext context) {
        Error refusal = checkAcquire(acquire, context);
        if (refusal != null) {
            return Answers.refused(refusal);
        }
        int capacity = capacity(acquire);
        return verbs.ask(
                new ClaimVerbs.Request(
                        acquire.getName(),
                        acquire.getPermits() == 0 ? capacity : acquire.getPermits(),
                        capacity,
                        acquire.getLockDelayMillis(),
                        acquire.hasWaitMillis() ? acquire.getWaitMillis() : null,
                        ByteString.EMPTY,
                        acquire.getGuardsList()),
                context);
    }

    private static int capacity(AcquireLock acquire) {
        return acquire.getCapacity() == 0 ? 1 : acquire.getCapacity();
    }

    private static @Nullable Error checkAcquire(AcquireLock acquire, ApplyContext context) {
        if (context.sessionId() == 0) {
            return Answers.needsSession("acquire");
        }
        Error name = OwnershipNames.check(acquire.getName());
        if (name != null) {
            return name;
        }
        int capacity = capacity(acquire);
        if (Integer.compareUnsigned(capacity, RequestLimits.CAPACITY) > 0) {
            return Refusals.tooLarge("capacity", RequestLimits.CAPACITY, Integer.toUnsignedLong(capacity));
        }
        if (Integer.compareUnsigned(acquire.getPermits(), capacity) > 0) {
            return Refusals.tooLarge("permits", capacity, Integer.toUnsignedLong(acquire.getPermits()));
        }
        if (Long.compareUnsigned(acquire.getLockDelayMillis(), RequestLimits.LOCK_DELAY_MAX_MILLIS) > 0) {
            return Refusals.tooLarge(
                    "lock_delay_millis", RequestLimits.LOCK_DELAY_MAX_MILLIS, acquire.getLockDelayMillis());
        }
        return ClaimVerbs.checkWait(acquire.hasWaitMillis() ? acquire.getWaitMillis() : null);
    }

    /// An operator takes grants away (rule 4). With `now`, losses that already wait for their clients stop waiting.
    private CommandResult.Builder forceRelease(ForceReleaseLock force, ApplyContext context) {
        PermitQueue queue = queues.find(force.getName());
        if (queue == null) {
            return Answers.refused(Refusals.notFound("lock", force.getName()));
        }
        List<Claim> holders = chosen(queue.holders().values(), force.getToken());
        List<Claim> losses = force.getNow() ? chosen(queue.losses().values(), force.getToken()) : List.<Claim>of();
        losses = losses.stream().filter(Claim::isBlocking).toList();
        Error overQuota = verbs.checkUnconfirmed(queue, holders.size());
        if (overQuota != null) {
            return Answers.refused(overQuota);
        }
        if (holders.isEmpty() && losses.isEmpty()) {
            return Answers.released(false, false);
        }
        context.changeRevision();
        losses.forEach(queues::stopBlocking);
        holders.forEach(holder -> queues.revoke(holder, force.getNow(), context));
        queues.settle(queue, context);
        return Answers.released(true, true);
    }

    private static List<Claim> chosen(Iterable<Claim> claims, long token) {
        List<Claim> chosen = new ArrayList<>();
        for (Claim claim : claims) {
            if (token == 0 || claim.token() == token) {
                chosen.add(claim);
            }
        }
        return chosen;
    }

    @Override
    public QueryResult.Builder read(Query query, ReadContext context) {
        return switch (query.getKindCase()) {
            case LOCK -> show(query.getLock().getName(), context);
            case LOCK_LIST -> list(query.getLockList(), context);
            case WAITER ->
                QueryResult.newBuilder()
                        .setWaiter(verbs.waiterState(
                                query.getWaiter().getName(), query.getWaiter().getWaiter()));
            default -> throw new IllegalArgumentException("not a query of locks: " + query.getKindCase());
        };
    }

    private QueryResult.Builder show(String name, ReadContext context) {
        PermitQueue queue = queues.find(name);
        return queue == null ? notFound(name) : QueryResult.newBuilder().setLock(state(queue, context));
    }

    private QueryResult.Builder list(LockListQuery query, ReadContext context) {
        LockList.Builder list = LockList.newBuilder();
        NamePage page = new NamePage(query.getPrefix(), query.getAfter(), query.getLimit());
        list.setMore(page.collect(queues, queue -> {
            LockState state = state(queue, context);
            list.addLocks(state);
            return state.getSerializedSize();
        }));
        return QueryResult.newBuilder().setLockList(list);
    }

    private static LockState state(PermitQueue queue, ReadContext context) {
        LockState.Builder state = LockState.newBuilder()
                .setName(queue.name)
                .setCapacity(queue.capacity)
                .setLockDelayMillis(queue.lockDelayMillis)
                .setBlockedMillis(QueueViews.blockedMillis(queue, context))
                .setHolderCount(queue.holders().size())
                .setWaiterCount(queue.waiters().size());
        queue.holders().values().stream()
                .limit(QueueViews.MAX_SHOWN)
                .forEach(claim -> state.addHolders(QueueViews.holder(claim, context.sessions())));
        state.addAllWaiters(QueueViews.waiters(queue, context.sessions()));
        return state.build();
    }

    /// Grants in force; takes time in proportion to the number of locks.
    public long holders() {
        return queues.holders();
    }

    /// Requests that wait; takes time in proportion to the number of locks.
    public long waiters() {
        return queues.waiters();
    }
}
