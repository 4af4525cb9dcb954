package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ElectionList;
import io.gavel.protocol.v1.ElectionListQuery;
import io.gavel.protocol.v1.ElectionState;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Grant;
import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.LockEvent;
import io.gavel.protocol.v1.LockList;
import io.gavel.protocol.v1.LockListQuery;
import io.gavel.protocol.v1.LockState;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.Proclaim;
import io.gavel.protocol.v1.Queued;
import io.gavel.protocol.v1.QueuedWaiter;
import io.gavel.protocol.v1.ReleaseResult;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.TransferElection;
import io.gavel.protocol.v1.Waiter;
import io.gavel.protocol.v1.WaiterQuery;
import io.gavel.protocol.v1.WaiterState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Locks and elections of the model: each a queue whose first {@code capacity} permits hold. */
final class SimLocks {
    private static final class Request {
        final Waiter waiter;
        final int permits;
        final ByteString proposal;
        final long waitUntil;
        long token;

        Request(Waiter waiter, int permits, ByteString proposal, long waitUntil) {
            this.waiter = waiter;
            this.permits = permits;
            this.proposal = proposal;
            this.waitUntil = waitUntil;
        }
    }

    private static final class Queue {
        final String name;
        final boolean election;
        final int capacity;
        final List<Request> holders = new ArrayList<>();
        final List<Request> waiting = new ArrayList<>();
        /** Force-released, and its client has not confirmed the loss yet: no grant before that or its session's end. */
        final Map<Long, Request> revoked = new LinkedHashMap<>();

        Queue(String name, boolean election, int capacity) {
            this.name = name;
            this.election = election;
            this.capacity = capacity;
        }
    }

    private final SimCluster cluster;
    private final Map<String, Queue> queues = new LinkedHashMap<>();
    private long nextToken = 100;
    /** Off: a member that forgets to tell a new stream what is in force. */
    boolean repeatsEvents = true;

    SimLocks(SimCluster cluster) {
        this.cluster = cluster;
    }

    CommandResult apply(SimCluster.Session session, long sequence, Command command) {
        Waiter waiter = Waiter.newBuilder()
                .setSessionId(session.id)
                .setSequence(sequence)
                .build();
        return switch (command.getKindCase()) {
            case ACQUIRE_LOCK -> {
                var acquire = command.getAcquireLock();
                int capacity = Math.max(acquire.getCapacity(), 1);
                yield enqueue(
                        queue(acquire.getName(), false, capacity),
                        waiter,
                        acquire.getPermits() == 0 ? capacity : acquire.getPermits(),
                        ByteString.EMPTY,
                        acquire.hasWaitMillis() ? acquire.getWaitMillis() : -1);
            }
            case CAMPAIGN -> {
                var campaign = command.getCampaign();
                yield enqueue(
                        queue(campaign.getName(), true, 1),
                        waiter,
                        1,
                        campaign.getProposal(),
                        campaign.hasWaitMillis() ? campaign.getWaitMillis() : -1);
            }
            case RELEASE_LOCK ->
                release(
                        command.getReleaseLock().getName(),
                        false,
                        session.id,
                        command.getReleaseLock().getToken());
            case RESIGN ->
                release(
                        command.getResign().getName(),
                        true,
                        session.id,
                        command.getResign().getToken());
            case WITHDRAW -> {
                var withdraw = command.getWithdraw();
                Queue queue = queue(withdraw.getName(), withdraw.getElection(), 1);
                boolean queued = queue.waiting.removeIf(request -> request.waiter.equals(withdraw.getWaiter()));
                boolean held = queue.holders.removeIf(request -> request.waiter.equals(withdraw.getWaiter()));
                grantNext(queue);
                yield released(queued || held, held);
            }
            case FORCE_RELEASE_LOCK ->
                forceRelease(queue(command.getForceReleaseLock().getName(), false, 1));
            case PROCLAIM -> proclaim(session.id, command.getProclaim());
            case TRANSFER_ELECTION -> transfer(command.getTransferElection());
            case CONFIRM_LOSS -> {
                var confirm = command.getConfirmLoss();
                Queue queue = queue(confirm.getName(), confirm.getElection(), 1);
                queue.revoked.remove(confirm.getToken());
                grantNext(queue);
                yield cluster.done();
            }
            default -> throw new AssertionError(command.getKindCase());
        };
    }

    private Queue queue(String name, boolean election, int capacity) {
        return queues.computeIfAbsent(
                (election ? "election/" : "lock/") + name, key -> new Queue(name, election, capacity));
    }

    private CommandResult enqueue(Queue queue, Waiter waiter, int permits, ByteString proposal, long waitMillis) {
        cluster.revision++;
        long waitUntil = waitMillis < 0 ? Long.MAX_VALUE : cluster.now + waitMillis * 1_000_000;
        Request request = new Request(waiter, permits, proposal, waitUntil);
        if (queue.waiting.isEmpty() && fits(queue, request)) {
            hold(queue, request);
            return CommandResult.newBuilder()
                    .setRevision(cluster.revision)
                    .setGrant(Grant.newBuilder().setToken(request.token).setWaiter(waiter))
                    .build();
        }
        if (waitMillis == 0) {
            return cluster.failed(ErrorCode.DEADLINE, "not free");
        }
        queue.waiting.add(request);
        return CommandResult.newBuilder()
                .setRevision(cluster.revision)
                .setQueued(Queued.newBuilder().setWaiter(waiter).setAhead(queue.waiting.size() - 1))
                .build();
    }

    private static boolean fits(Queue queue, Request request) {
        int held = queue.holders.stream().mapToInt(holder -> holder.permits).sum()
                + queue.revoked.values().stream()
                        .mapToInt(holder -> holder.permits)
                        .sum();
        return held + request.permits <= queue.capacity;
    }

    private void hold(Queue queue, Request request) {
        request.token = nextToken++;
        queue.holders.add(request);
    }

    private void grantNext(Queue queue) {
        while (!queue.waiting.isEmpty() && fits(queue, queue.waiting.get(0))) {
            Request next = queue.waiting.remove(0);
            hold(queue, next);
            cluster.revision++;
            tellGranted(queue, next);
        }
    }

    private void tellGranted(Queue queue, Request request) {
        cluster.tell(
                request.waiter.getSessionId(),
                SessionEvent.newBuilder().setGranted(event(queue, request)).build());
    }

    private static LockEvent.Builder event(Queue queue, Request request) {
        return LockEvent.newBuilder()
                .setName(queue.name)
                .setElection(queue.election)
                .setWaiter(request.waiter)
                .setToken(request.token);
    }

    private CommandResult release(String name, boolean election, long session, long token) {
        Queue queue = queue(name, election, 1);
        boolean held =
                queue.holders.removeIf(request -> request.token == token && request.waiter.getSessionId() == session);
        grantNext(queue);
        return released(held, held);
    }

    private CommandResult proclaim(long session, Proclaim proclaim) {
        Queue queue = queue(proclaim.getName(), true, 1);
        for (int i = 0; i < queue.holders.size(); i++) {
            Request holder = queue.holders.get(i);
            if (holder.token == proclaim.getToken() && holder.waiter.getSessionId() == session) {
                Request next = new Request(holder.waiter, holder.permits, proclaim.getProposal(), holder.waitUntil);
                next.token = holder.token;
                queue.holders.set(i, next);
                return cluster.done();
            }
        }
        return cluster.failed(ErrorCode.LEADERSHIP_LOST, "it leads no more");
    }

    private CommandResult transfer(TransferElection transfer) {
        Queue queue = queue(transfer.getName(), true, 1);
        long toSession = transfer.getToSession();
        Request next = null;
        for (Request waiting : queue.waiting) {
            next = waiting.waiter.getSessionId() == toSession ? waiting : next;
        }
        if (next == null) {
            return cluster.failed(ErrorCode.NOT_FOUND, "no such candidate");
        }
        queue.waiting.remove(next);
        queue.waiting.add(0, next);
        forceRelease(queue);
        return cluster.done();
    }

    boolean isHolder(String name, boolean election, long token) {
        return queue(name, election, 1).holders.stream().anyMatch(holder -> holder.token == token);
    }

    LockList list(LockListQuery query) {
        LockList.Builder answer = LockList.newBuilder();
        for (Queue queue : List.copyOf(queues.values())) {
            if (!queue.election
                    && queue.name.startsWith(query.getPrefix())
                    && queue.name.compareTo(query.getAfter()) > 0
                    && answer.getLocksCount() < query.getLimit()) {
                answer.addLocks(describe(queue.name));
            }
        }
        return answer.build();
    }

    ElectionList listElections(ElectionListQuery query) {
        ElectionList.Builder answer = ElectionList.newBuilder();
        for (Queue queue : List.copyOf(queues.values())) {
            if (queue.election && queue.name.startsWith(query.getPrefix())) {
                answer.addElections(describeElection(queue.name));
            }
        }
        return answer.build();
    }

    private CommandResult forceRelease(Queue queue) {
        for (Request holder : queue.holders) {
            queue.revoked.put(holder.token, holder);
        }
        List<Request> lost = new ArrayList<>(queue.holders);
        queue.holders.clear();
        lost.forEach(holder -> tellLost(queue, holder));
        return released(!lost.isEmpty(), !lost.isEmpty());
    }

    private void tellLost(Queue queue, Request holder) {
        cluster.tell(
                holder.waiter.getSessionId(),
                SessionEvent.newBuilder().setLost(event(queue, holder)).build());
    }

    private CommandResult released(boolean released, boolean granted) {
        return CommandResult.newBuilder()
                .setRevision(++cluster.revision)
                .setRelease(ReleaseResult.newBuilder().setReleased(released).setWasGranted(granted))
                .build();
    }

    /** A new stream of a session: tells what is in force. */
    void repeatEvents(SimCluster.Session session) {
        for (Queue queue : repeatsEvents ? queues.values() : List.<Queue>of()) {
            for (Request holder : queue.holders) {
                if (holder.waiter.getSessionId() == session.id) {
                    tellGranted(queue, holder);
                }
            }
            for (Request holder : queue.revoked.values()) {
                if (holder.waiter.getSessionId() == session.id) {
                    tellLost(queue, holder);
                }
            }
        }
    }

    void tick() {
        for (Queue queue : queues.values()) {
            for (Request waiting : List.copyOf(queue.waiting)) {
                if (waiting.waitUntil <= cluster.now) {
                    queue.waiting.remove(waiting);
                    cluster.tell(
                            waiting.waiter.getSessionId(),
                            SessionEvent.newBuilder()
                                    .setWaitEnded(event(queue, waiting)
                                            .setError(Error.newBuilder()
                                                    .setCode(ErrorCode.DEADLINE)
                                                    .setOutcome(Outcome.NOT_APPLIED)))
                                    .build());
                }
            }
        }
    }

    void endSession(long id) {
        for (Queue queue : queues.values()) {
            queue.holders.removeIf(request -> request.waiter.getSessionId() == id);
            queue.waiting.removeIf(request -> request.waiter.getSessionId() == id);
            queue.revoked.values().removeIf(request -> request.waiter.getSessionId() == id);
            grantNext(queue);
        }
    }

    WaiterState waiter(WaiterQuery query) {
        Queue queue = queue(query.getName(), query.getElection(), 1);
        for (Request holder : queue.holders) {
            if (holder.waiter.equals(query.getWaiter())) {
                return WaiterState.newBuilder()
                        .setGranted(Grant.newBuilder().setToken(holder.token).setWaiter(holder.waiter))
                        .build();
            }
        }
        for (Request waiting : queue.waiting) {
            if (waiting.waiter.equals(query.getWaiter())) {
                return WaiterState.newBuilder()
                        .setQueued(Queued.newBuilder().setWaiter(waiting.waiter))
                        .build();
            }
        }
        return WaiterState.newBuilder()
                .setEnded(Error.newBuilder().setCode(ErrorCode.DEADLINE).setOutcome(Outcome.NOT_APPLIED))
                .build();
    }

    LockState describe(String name) {
        Queue queue = queue(name, false, 1);
        LockState.Builder state = LockState.newBuilder().setName(name).setCapacity(queue.capacity);
        queue.holders.forEach(holder -> state.addHolders(Holder.newBuilder()
                .setSessionId(holder.waiter.getSessionId())
                .setToken(holder.token)
                .setPermits(holder.permits)));
        queue.waiting.forEach(
                waiting -> state.addWaiters(QueuedWaiter.newBuilder().setWaiter(waiting.waiter)));
        return state.build();
    }

    ElectionState describeElection(String name) {
        Queue queue = queue(name, true, 1);
        ElectionState.Builder state = ElectionState.newBuilder().setName(name);
        queue.holders.forEach(holder -> state.setLeader(Holder.newBuilder()
                .setSessionId(holder.waiter.getSessionId())
                .setToken(holder.token)
                .setProposal(holder.proposal)));
        queue.waiting.forEach(
                waiting -> state.addCandidates(QueuedWaiter.newBuilder().setWaiter(waiting.waiter)));
        return state.build();
    }

    /** Who holds and waits, holders first. */
    List<Long> members(String name, boolean election) {
        List<Long> sessions = new ArrayList<>();
        Queue queue = queue(name, election, 1);
        queue.holders.forEach(holder -> sessions.add(holder.waiter.getSessionId()));
        queue.waiting.forEach(waiting -> sessions.add(waiting.waiter.getSessionId()));
        return sessions;
    }
}
