package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.RetryPolicy;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.ClientClock;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.port.Transport;
import io.gavel.client.internal.wire.Errors;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Hello;
import io.gavel.protocol.v1.OpenSession;
import io.gavel.protocol.v1.OpenSessionResult;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.StreamCommand;
import io.gavel.protocol.v1.StreamRead;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The stream that belongs to no session: reads, and the opening of sessions. All of it may be sent any number of times,
 * so an attempt that fails is simply made again, on this member or another, until the caller's time is up. An opening
 * that may have taken effect is asked for even then, until an answer tells which session nobody wants.
 */
final class OpenStream implements Connection.Owner {
    static final int MAX_PENDING = 8192;

    /** Openings that are asked for although nobody waits for them; beyond that the oldest is left to its TTL. */
    static final int MAX_UNWANTED = 64;

    /** A cluster that is slow because it is busy is not asked more often for them. */
    private static final long UNWANTED_PACE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final int READ_BYTES = 64;
    private static final long MIN_ATTEMPT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long MAX_ATTEMPT_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** Who opens a session. */
    interface Opener {
        /** It is open; perhaps after it was said to have failed, or was given up. */
        void onOpened(OpenSessionResult opened);

        /** It failed; told at most once. */
        void onFailed(ErrorDetail error);
    }

    /** The opening of a session, for whoever asked for it. */
    final class Opening {
        private final Pending request;

        private Opening(Pending request) {
            this.request = request;
        }

        /** What its failure would say about its effect, now. */
        Outcome outcome() {
            return request.outcome();
        }

        /** Nobody waits for it; if it may take effect it is asked for on, not after {@code deadline}. */
        void giveUp(long now, long deadline) {
            unwant(request, now);
            if (deadline < request.deadline) {
                request.deadline = deadline;
                request.paceNanos = 0;
                request.retryAt = Math.min(request.retryAt, now + latency.patienceNanos(1));
                nextCheck = Math.min(nextCheck, Math.min(request.deadline, request.retryAt));
            }
        }

        /** Whether nothing will be told any more. */
        boolean isOver() {
            return pending.get(request.id) != request;
        }
    }

    /** One request; either {@code read} or {@code open} is set. */
    private static final class Pending {
        final @Nullable Query query;
        final @Nullable Completion<QueryResult> read;
        final ByteString command;
        final @Nullable Opener open;
        /** For how long what it may have opened lives. */
        final long ttlNanos;

        /** 0 = refused at once. */
        long id;

        long deadline;
        /** Nobody waits for it any more, but it may have opened a session. */
        boolean unwanted;
        /** The least time between two askings on one stream. */
        long paceNanos;

        boolean outstanding;
        /** When it was first sent on the present stream. */
        long sentAt;
        /** How often it was sent on the present stream. */
        int sends;
        /** It was sent more than once, on one stream or several. */
        boolean repeated;
        /** Some attempt was neither answered nor refused for certain. */
        boolean inDoubt;
        /** When to send it, or send it again. */
        long retryAt;

        int refusals;

        @Nullable
        Error lastRefusal;

        Pending(
                @Nullable Query query,
                @Nullable Completion<QueryResult> read,
                ByteString command,
                @Nullable Opener open,
                long ttlNanos,
                long deadline) {
            this.query = query;
            this.read = read;
            this.command = command;
            this.open = open;
            this.ttlNanos = ttlNanos;
            this.deadline = deadline;
        }

        /** What was out on a stream that is gone is sent on the next one; what nobody waits for keeps its pace. */
        void startOver() {
            repeated |= outstanding;
            inDoubt |= outstanding;
            outstanding = false;
            sends = 0;
            retryAt = unwanted ? retryAt : Long.MAX_VALUE;
        }

        /** Whether it waits for nothing but a stream. */
        boolean isDue() {
            return !outstanding && retryAt == Long.MAX_VALUE;
        }

        /** Whether it is out, for long enough to be answered by a member that is well. */
        boolean wasGivenTime(long now) {
            return outstanding && now - sentAt >= MIN_ATTEMPT_NANOS;
        }

        /** What a failure says about its effect: reads have none. */
        Outcome outcome() {
            return open != null && (outstanding || inDoubt) ? Outcome.UNKNOWN : Outcome.NOT_APPLIED;
        }

        void fail(ErrorDetail error) {
            if (read != null) {
                read.fail(error);
            } else if (open != null && !unwanted) {
                open.onFailed(error);
            }
        }
    }

    private final String clientName;
    private final Connection connection;
    private final EndpointBook book;
    private final Backoff backoff;
    private final Latency latency = new Latency();
    private final Map<Long, Pending> pending = new LinkedHashMap<>();
    /** Those of {@link #pending} that are asked for although nobody waits for them, oldest first. */
    private final Set<Pending> unwanted = new LinkedHashSet<>();

    private final List<Long> toSend = new ArrayList<>();
    private long nextId = 1;
    private long nextCheck = Long.MAX_VALUE;

    OpenStream(
            String clientName,
            Transport transport,
            EndpointBook book,
            ClientClock clock,
            RetryPolicy policy,
            RandomGenerator random) {
        this.clientName = clientName;
        this.book = book;
        this.connection = new Connection(transport, book, clock, this);
        this.backoff = new Backoff(policy, random);
    }

    Connection connection() {
        return connection;
    }

    void read(Query query, long deadline, Completion<QueryResult> completion) {
        add(new Pending(query, completion, ByteString.EMPTY, null, 0, deadline));
    }

    /** Opens a session with this TTL; fails at {@code deadline}, and is looked for after that if it may be open. */
    Opening open(OpenSession open, long deadline, long ttlNanos, Opener opener) {
        ByteString command = Command.newBuilder().setOpenSession(open).build().toByteString();
        Pending request = new Pending(null, null, command, opener, ttlNanos, deadline);
        add(request);
        return new Opening(request);
    }

    private void add(Pending request) {
        if (pending.size() >= MAX_PENDING) {
            request.fail(ErrorDetail.local(
                    ErrorCode.OVERLOADED,
                    Outcome.NOT_APPLIED,
                    MAX_PENDING + " reads wait already",
                    "send fewer at a time"));
            return;
        }
        request.id = nextId++;
        pending.put(request.id, request);
        toSend.add(request.id);
        nextCheck = Math.min(nextCheck, request.deadline);
    }

    void doWork(long now) {
        check(now);
        if (!pending.isEmpty()) {
            connection.want(true);
        }
        connection.doWork(now);
        if (connection.isReady() && !toSend.isEmpty()) {
            for (long id : toSend) {
                Pending request = pending.get(id);
                if (request != null && !request.outstanding) {
                    send(id, request, now);
                }
            }
            toSend.clear();
        }
        connection.flush();
    }

    long nextDeadlineNanos() {
        long work = connection.isReady() && !toSend.isEmpty() ? 0 : nextCheck;
        return Math.min(work, connection.nextDeadlineNanos());
    }

    private void send(long id, Pending request, long now) {
        long attempt = Math.min(Math.max(request.deadline - now, MIN_ATTEMPT_NANOS), MAX_ATTEMPT_NANOS);
        long millis = TimeUnit.NANOSECONDS.toMillis(attempt);
        request.outstanding = true;
        request.sentAt = request.sends == 0 ? now : request.sentAt;
        request.sends++;
        request.retryAt = now + Math.max(request.paceNanos, latency.patienceNanos(request.sends));
        nextCheck = Math.min(nextCheck, request.retryAt);
        ClientFrame.Builder frame = ClientFrame.newBuilder();
        if (request.query != null) {
            frame.setRead(StreamRead.newBuilder()
                    .setReadId(id)
                    .setQuery(request.query)
                    .setDeadlineMillis(millis));
        } else {
            frame.setCommand(StreamCommand.newBuilder()
                    .setSequence(id)
                    .setCommand(request.command)
                    .setDeadlineMillis(millis));
        }
        connection.send(frame.build(), READ_BYTES + request.command.size());
    }

    private void check(long now) {
        if (now < nextCheck) {
            return;
        }
        long next = Long.MAX_VALUE;
        boolean dead = false;
        failOverdue(now);
        for (Map.Entry<Long, Pending> entry : new ArrayList<>(pending.entrySet())) {
            Pending request = entry.getValue();
            if (request.outstanding) {
                long quietAt = Math.max(connection.lastReceivedNanos(), request.sentAt) + latency.quietNanos();
                dead |= quietAt <= now;
                next = Math.min(next, quietAt);
            }
            if (request.retryAt <= now && askAgain(request, now)) {
                toSend.add(entry.getKey());
            }
            next = Math.min(next, Math.min(request.deadline, request.retryAt));
        }
        nextCheck = next;
        if (dead && connection.isReady()) {
            latency.onQuiet();
            connection.fail("does not answer reads", now);
        }
    }

    private void failOverdue(long now) {
        int notServed = 0;
        for (Pending request : new ArrayList<>(pending.values())) {
            if (request.deadline <= now) {
                notServed += request.wasGivenTime(now) ? 1 : 0;
                endLate(request, now);
            }
        }
        for (int i = 0; i < notServed; i++) {
            connection.onNotServed("does not answer in time", now);
        }
    }

    private void endLate(Pending request, long now) {
        ErrorDetail error = tooLate(request);
        if (request.open == null || request.unwanted) {
            forget(request);
            request.fail(error);
        } else {
            unwant(request, now);
            request.open.onFailed(error);
        }
    }

    /** Whoever asked is told no failure from here on. Asking for longer than the TTL would gain nothing. */
    private void unwant(Pending request, long now) {
        if (request.unwanted) {
            return;
        }
        request.unwanted = true;
        request.deadline = now + request.ttlNanos;
        request.paceNanos = UNWANTED_PACE_NANOS;
        request.retryAt = request.retryAt == Long.MAX_VALUE ? Long.MAX_VALUE : now + UNWANTED_PACE_NANOS;
        unwanted.add(request);
        forgetIfCertain(request);
        if (unwanted.size() > MAX_UNWANTED) {
            forget(unwanted.iterator().next());
        }
    }

    private void forgetIfCertain(Pending request) {
        if (request.unwanted && request.outcome() == Outcome.NOT_APPLIED) {
            forget(request);
        }
    }

    private void forget(Pending request) {
        pending.remove(request.id);
        unwanted.remove(request);
    }

    private boolean askAgain(Pending request, long now) {
        if (request.outstanding) {
            latency.onNoAnswer(request.sends);
            if (!latency.mayRepeat(now)) {
                request.retryAt = latency.nextRepeatNanos();
                return false;
            }
            request.repeated = true;
            request.inDoubt = true;
        }
        request.outstanding = false;
        request.retryAt = Long.MAX_VALUE;
        return true;
    }

    private ErrorDetail tooLate(Pending request) {
        Error refusal = request.lastRefusal;
        if (refusal != null) {
            return Errors.detail(refusal, request.outcome());
        }
        return connection.isReady()
                ? ErrorDetail.local(ErrorCode.DEADLINE, request.outcome(), "no answer in time", "")
                : ErrorDetail.local(
                        ErrorCode.UNAVAILABLE, request.outcome(), "no member answers: " + book.describe(), "");
    }

    @Override
    public Hello hello() {
        return Hello.newBuilder().setClientName(clientName).build();
    }

    @Override
    public void onReady(long now) {
        toSend.clear();
        pending.forEach((id, request) -> {
            request.startOver();
            if (request.isDue()) {
                toSend.add(id);
            }
        });
    }

    @Override
    public void onDown(long now) {
        pending.values().forEach(Pending::startOver);
    }

    @Override
    public void onRefused(Error error, long now) {
        List<Pending> refused = new ArrayList<>(pending.values());
        pending.clear();
        unwanted.clear();
        refused.forEach(request -> request.fail(Errors.detail(error, request.outcome())));
    }

    @Override
    public void onFrame(ServerFrame frame, long now) {
        if (frame.hasRead()) {
            onReadResult(frame.getRead().getReadId(), frame.getRead().getResult(), now);
        } else if (frame.hasCommand()) {
            onOpened(frame.getCommand().getSequence(), frame.getCommand().getResult(), now);
        }
    }

    private void onReadResult(long id, QueryResult result, long now) {
        Pending request = pending.get(id);
        if (request != null && request.read != null) {
            Error error = result.hasError() ? result.getError() : null;
            if (settle(request, error, now)) {
                request.read.succeed(result);
            }
            connection.onAnswer(error, now);
        }
    }

    private void onOpened(long id, CommandResult result, long now) {
        Pending request = pending.get(id);
        if (request != null && request.open != null) {
            Error error = result.hasError() ? result.getError() : null;
            if (settle(request, error, now)) {
                request.open.onOpened(result.getOpenSession());
            }
            connection.onAnswer(error, now);
        }
    }

    /** An answer came; true = the asker is to be told that it succeeded. */
    private boolean settle(Pending request, @Nullable Error error, long now) {
        onAnswered(request, now);
        if (error != null && Errors.isTransient(error)) {
            refused(request, error, now);
            forgetIfCertain(request);
        } else {
            forget(request);
            if (error != null) {
                request.fail(Errors.detail(error, request.outcome()));
            }
        }
        return error == null;
    }

    private void onAnswered(Pending request, long now) {
        if (request.outstanding && !request.repeated) {
            latency.onAnswer(now - request.sentAt);
        }
        request.outstanding = false;
        request.sends = 0;
    }

    private void refused(Pending request, Error error, long now) {
        request.refusals++;
        request.inDoubt |= error.getOutcome() != io.gavel.protocol.v1.Outcome.NOT_APPLIED;
        request.lastRefusal = error;
        request.retryAt = now + Math.max(request.paceNanos, backoff.nanos(request.refusals));
        nextCheck = Math.min(nextCheck, request.retryAt);
    }

    /** Fails everything that waits. */
    void close() {
        connection.want(false);
        List<Pending> open = new ArrayList<>(pending.values());
        pending.clear();
        unwanted.clear();
        open.forEach(request -> request.fail(Errors.closed(request.outcome())));
    }
}
