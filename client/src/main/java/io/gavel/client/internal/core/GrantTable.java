package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.wire.Errors;
import io.gavel.client.internal.wire.Wire;
import io.gavel.client.lock.LockOptions;
import io.gavel.client.lock.LossReason;
import io.gavel.protocol.v1.AcquireLock;
import io.gavel.protocol.v1.Campaign;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ConfirmLoss;
import io.gavel.protocol.v1.LockEvent;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.ReleaseLock;
import io.gavel.protocol.v1.Resign;
import io.gavel.protocol.v1.Waiter;
import io.gavel.protocol.v1.WaiterQuery;
import io.gavel.protocol.v1.WaiterState;
import io.gavel.protocol.v1.Withdraw;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The grants of one session, and those it waits for.
 *
 * <p>How it works, and why. A request for a grant is answered at once with granted or queued; a queued one is granted
 * later by a session event, which may also overtake the answer. A caller that gives up before the answer is known must
 * not withdraw yet: requests in flight together run in any order, and a withdrawal that runs first would leave the
 * acquire behind as a ghost. So the withdrawal is sent when the answer has come. A grant that nobody here asked for, or
 * nobody wants any more, is given back.
 */
final class GrantTable {
    /** How much later than its limit a wait may be ended by the cluster before this side gives up. */
    static final long WAIT_GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long GIVE_BACK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long RECONCILE_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How often whoever waits asks how it stands: no notice that is lost may leave it waiting for ever. */
    private static final long RECONCILE_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** One request for a grant. */
    final class Wait {
        private final GrantRequest request;
        private final long localDeadline;
        private @Nullable GrantCompletion completion;
        private CommandRequest command;
        private boolean answered;
        /** Taken away before this side heard that it was granted; 0 = none. */
        private long lostToken;

        private Wait(GrantRequest request, long localDeadline, GrantCompletion completion) {
            this.request = request;
            this.localDeadline = localDeadline;
            this.completion = completion;
            this.command = window.submit(encode(request), Long.MAX_VALUE, new Answer(this));
        }

        SessionAgent session() {
            return session;
        }

        private long sequence() {
            return command.sequence;
        }

        private void grant(Grant grant) {
            GrantCompletion told = completion;
            completion = null;
            if (told != null) {
                told.granted(grant);
            }
        }

        private void notInTime() {
            GrantCompletion told = completion;
            completion = null;
            if (told != null) {
                told.notInTime();
            }
        }

        private void fail(ErrorDetail error) {
            GrantCompletion told = completion;
            completion = null;
            if (told != null) {
                told.fail(error);
            }
        }
    }

    private final class Answer implements Completion<CommandResult> {
        private final Wait wait;

        Answer(Wait wait) {
            this.wait = wait;
        }

        @Override
        public void succeed(CommandResult result) {
            onAnswer(wait, result);
        }

        @Override
        public void fail(ErrorDetail error) {
            waits.remove(wait);
            if (error.code() == ErrorCode.DEADLINE && error.outcome() == Outcome.NOT_APPLIED) {
                wait.notInTime();
            } else {
                wait.fail(error);
            }
        }
    }

    private final SessionAgent session;
    private final CommandWindow window;
    private final OpenStream reads;
    private final long requestTimeoutNanos;
    private final Set<Wait> waits = new LinkedHashSet<>();
    private final Map<Long, Grant> grants = new LinkedHashMap<>();
    private final Map<Long, Boolean> givingBack = new LinkedHashMap<>();
    /** Given up by their users, but no member took that in time: nobody else would ever give them back. */
    private final Map<Long, GrantRequest> owed = new LinkedHashMap<>();

    private long owedAt = Long.MAX_VALUE;
    private long nextCheck = Long.MAX_VALUE;
    private long reconcileAt = Long.MAX_VALUE;

    GrantTable(SessionAgent session, CommandWindow window, OpenStream reads, long requestTimeoutNanos) {
        this.session = session;
        this.window = window;
        this.reads = reads;
        this.requestTimeoutNanos = requestTimeoutNanos;
    }

    /** Asks for a grant; {@code completion} is told once, after {@code answerNanos} at most if it is not to wait. */
    Wait acquire(GrantRequest request, long now, long answerNanos, GrantCompletion completion) {
        long localDeadline = Long.MAX_VALUE;
        if (request.waitNanos() == 0) {
            localDeadline = now + answerNanos;
        } else if (request.waitNanos() > 0) {
            localDeadline = now + request.waitNanos() + WAIT_GRACE_NANOS;
        }
        Wait wait = new Wait(request, localDeadline, completion);
        if (wait.completion != null) {
            waits.add(wait);
            nextCheck = Math.min(nextCheck, localDeadline);
        }
        return wait;
    }

    /** The caller gave up: leaves the queue, or gives back what was granted meanwhile. */
    void abandon(Wait wait) {
        if (!waits.contains(wait)) {
            return;
        }
        wait.completion = null;
        if (wait.answered) {
            waits.remove(wait);
            withdraw(wait);
        } else if (window.retract(wait.command)) {
            waits.remove(wait);
        }
    }

    /** Gives a grant back; the caller has marked it released. */
    void release(Grant grant, long deadline, Completion<CommandResult> completion) {
        grants.remove(grant.token());
        giveBack(grant.request(), grant.token(), deadline, completion);
        grant.released();
    }

    int held() {
        return grants.size();
    }

    long nextDeadlineNanos() {
        return Math.min(Math.min(nextCheck, reconcileAt), owedAt);
    }

    /** Ends waits whose time is up, and asks again about those that may have been decided unheard. */
    void check(long now) {
        if (now >= nextCheck) {
            nextCheck = Long.MAX_VALUE;
            for (Wait wait : new ArrayList<>(waits)) {
                if (wait.completion != null && wait.localDeadline <= now) {
                    onLocalDeadline(wait);
                } else if (wait.completion != null) {
                    nextCheck = Math.min(nextCheck, wait.localDeadline);
                }
            }
        }
        if (now >= reconcileAt) {
            reconcile();
        }
        if (now >= owedAt) {
            owedAt = Long.MAX_VALUE;
            Map<Long, GrantRequest> due = new LinkedHashMap<>(owed);
            owed.clear();
            due.forEach((token, request) -> giveBack(request, token, Long.MAX_VALUE, Completion.ignored()));
        }
    }

    private void onLocalDeadline(Wait wait) {
        if (wait.request.waitNanos() > 0) {
            wait.notInTime();
        } else {
            wait.fail(ErrorDetail.local(
                    wait.command.mayApply() ? ErrorCode.DEADLINE : ErrorCode.UNAVAILABLE,
                    wait.command.mayApply() ? Outcome.UNKNOWN : Outcome.NOT_APPLIED,
                    "no answer in time",
                    "if it was granted, it is given back"));
        }
        abandon(wait);
    }

    private void onAnswer(Wait wait, CommandResult result) {
        wait.answered = true;
        if (result.hasGrant()) {
            waits.remove(wait);
            onGranted(wait, result.getGrant().getToken());
        } else if (wait.completion == null && waits.remove(wait)) {
            withdraw(wait);
        } else {
            // An answer that had to be asked for again is an old one: what came after it may have been told unheard.
            long delay = wait.command.repeated ? 0 : RECONCILE_EVERY_NANOS;
            reconcileAt = Math.min(reconcileAt, session.nowNanos() + delay);
        }
    }

    private void onGranted(Wait wait, long token) {
        if (grants.containsKey(token)) {
            return;
        }
        if (wait.completion == null) {
            giveBack(wait.request, token, Long.MAX_VALUE, Completion.ignored());
            return;
        }
        Grant grant = session.grant(wait.request, token);
        if (wait.lostToken == token) {
            grant.lose(LossReason.REVOKED);
        } else {
            grants.put(token, grant);
        }
        wait.grant(grant);
    }

    /** A queued request was granted; told again after each connection. */
    void onGrantedEvent(LockEvent event) {
        long token = event.getToken();
        if (grants.containsKey(token) || givingBack.containsKey(token)) {
            return;
        }
        Wait wait = find(event.getWaiter());
        if (wait == null) {
            giveBack(asked(event), token, Long.MAX_VALUE, Completion.ignored());
        } else if (wait.completion != null) {
            wait.answered = true;
            waits.remove(wait);
            onGranted(wait, token);
        }
    }

    /** A queued request ended without a grant. */
    void onWaitEnded(LockEvent event) {
        Wait wait = find(event.getWaiter());
        if (wait != null) {
            ended(wait, event.getError());
        }
    }

    private void ended(Wait wait, io.gavel.protocol.v1.Error error) {
        waits.remove(wait);
        if (error.getCode() == io.gavel.protocol.v1.ErrorCode.DEADLINE) {
            wait.notInTime();
        } else {
            wait.fail(Errors.detail(error, Outcome.NOT_APPLIED));
        }
    }

    /** A grant was taken away. The loss is confirmed only when {@code isHeld} is false here already. */
    void onLostEvent(LockEvent event) {
        Grant grant = grants.remove(event.getToken());
        Wait wait = find(event.getWaiter());
        if (grant != null) {
            grant.lose(LossReason.REVOKED);
        } else if (wait != null) {
            wait.lostToken = event.getToken();
        }
        window.submit(
                Command.newBuilder()
                        .setConfirmLoss(ConfirmLoss.newBuilder()
                                .setName(event.getName())
                                .setElection(event.getElection())
                                .setToken(event.getToken()))
                        .build()
                        .toByteString(),
                Long.MAX_VALUE,
                Completion.ignored());
    }

    /** A new stream: events of before may have been missed. */
    void onReady(long now) {
        reconcileAt = now;
    }

    private void reconcile() {
        boolean asks = waits.stream().anyMatch(wait -> wait.answered);
        reconcileAt = asks ? session.nowNanos() + RECONCILE_EVERY_NANOS : Long.MAX_VALUE;
        for (Wait wait : waits) {
            if (wait.answered) {
                WaiterQuery query = WaiterQuery.newBuilder()
                        .setName(wait.request.name())
                        .setElection(wait.request.election())
                        .setWaiter(waiter(wait))
                        .build();
                long deadline = session.nowNanos() + requestTimeoutNanos;
                reads.read(Query.newBuilder().setWaiter(query).build(), deadline, new Completion<>() {
                    @Override
                    public void succeed(QueryResult result) {
                        onWaiterState(wait, result.getWaiter());
                    }

                    @Override
                    public void fail(ErrorDetail error) {
                        reconcileAt = Math.min(reconcileAt, session.nowNanos() + RECONCILE_AGAIN_NANOS);
                    }
                });
            }
        }
    }

    private void onWaiterState(Wait wait, WaiterState state) {
        if (wait.completion == null || !waits.contains(wait)) {
            return;
        }
        switch (state.getKindCase()) {
            case GRANTED -> {
                waits.remove(wait);
                onGranted(wait, state.getGranted().getToken());
            }
            case ENDED -> ended(wait, state.getEnded());
            case QUEUED, KIND_NOT_SET -> {}
        }
    }

    /** Renewals go unanswered, or are answered again. */
    void suspect(boolean suspect) {
        for (Grant grant : new ArrayList<>(grants.values())) {
            grant.suspect(suspect);
        }
    }

    /** The session is over: everything held is lost, everything awaited fails. */
    void end(LossReason reason, ErrorDetail error) {
        List<Grant> lost = new ArrayList<>(grants.values());
        grants.clear();
        owed.clear();
        owedAt = Long.MAX_VALUE;
        lost.forEach(grant -> grant.lose(reason));
        List<Wait> open = new ArrayList<>(waits);
        waits.clear();
        for (Wait wait : open) {
            if (!wait.answered) {
                window.retract(wait.command);
            }
            wait.fail(error);
        }
    }

    private void withdraw(Wait wait) {
        window.submit(
                Command.newBuilder()
                        .setWithdraw(Withdraw.newBuilder()
                                .setName(wait.request.name())
                                .setElection(wait.request.election())
                                .setWaiter(waiter(wait)))
                        .build()
                        .toByteString(),
                Long.MAX_VALUE,
                Completion.ignored());
    }

    private void giveBack(GrantRequest request, long token, long deadline, Completion<CommandResult> completion) {
        givingBack.put(token, Boolean.TRUE);
        Command.Builder command = Command.newBuilder();
        if (request.election()) {
            command.setResign(Resign.newBuilder().setName(request.name()).setToken(token));
        } else {
            command.setReleaseLock(
                    ReleaseLock.newBuilder().setName(request.name()).setToken(token));
        }
        window.submit(command.build().toByteString(), deadline, new Completion<>() {
            @Override
            public void succeed(CommandResult result) {
                givingBack.remove(token);
                completion.succeed(result);
            }

            @Override
            public void fail(ErrorDetail error) {
                if (isPutOff(error)) {
                    owed.put(token, request);
                    owedAt = Math.min(owedAt, session.nowNanos() + GIVE_BACK_AGAIN_NANOS);
                    completion.fail(ErrorDetail.local(
                            error.code(),
                            Outcome.UNKNOWN,
                            error.message(),
                            "it is given back as soon as a member takes the request"));
                } else {
                    givingBack.remove(token);
                    completion.fail(error);
                }
            }
        });
    }

    /** Whether a release only came at the wrong time. */
    private static boolean isPutOff(ErrorDetail error) {
        return error.outcome() == Outcome.NOT_APPLIED
                && switch (error.code()) {
                    case UNAVAILABLE, OVERLOADED, DEADLINE -> true;
                    default -> false;
                };
    }

    private @Nullable Wait find(Waiter waiter) {
        for (Wait wait : waits) {
            if (wait.sequence() == waiter.getSequence() && waiter.getSessionId() == session.id()) {
                return wait;
            }
        }
        return null;
    }

    private Waiter waiter(Wait wait) {
        return Waiter.newBuilder()
                .setSessionId(session.id())
                .setSequence(wait.sequence())
                .build();
    }

    private static GrantRequest asked(LockEvent event) {
        return new GrantRequest(event.getName(), event.getElection(), ByteString.EMPTY, null, 0);
    }

    private static ByteString encode(GrantRequest request) {
        long waitNanos = request.waitNanos();
        long waitMillis = TimeUnit.NANOSECONDS.toMillis(waitNanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
        if (request.election()) {
            Campaign.Builder campaign =
                    Campaign.newBuilder().setName(request.name()).setProposal(request.proposal());
            if (waitNanos >= 0) {
                campaign.setWaitMillis(waitMillis);
            }
            return Command.newBuilder().setCampaign(campaign).build().toByteString();
        }
        LockOptions options = Objects.requireNonNull(request.lock());
        AcquireLock.Builder acquire = AcquireLock.newBuilder()
                .setName(request.name())
                .setPermits(options.permits())
                .setCapacity(options.capacity())
                .setLockDelayMillis(options.lockDelay().toMillis())
                .addAllGuards(Wire.guards(options.guards()));
        if (waitNanos >= 0) {
            acquire.setWaitMillis(waitMillis);
        }
        return Command.newBuilder().setAcquireLock(acquire).build().toByteString();
    }
}
