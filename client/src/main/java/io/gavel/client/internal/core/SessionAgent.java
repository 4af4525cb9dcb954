package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.ClientPorts;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.wire.Errors;
import io.gavel.client.lock.LossReason;
import io.gavel.client.session.SessionState;
import io.gavel.protocol.v1.CloseSession;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Hello;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.SessionRef;
import io.gavel.protocol.v1.StreamRenewed;
import java.util.ArrayList;
import java.util.List;

/**
 * One session, from its first use to its end: opens it, renews it, carries its commands and grants.
 *
 * <pre>
 * NEW      -> OPENING   first use
 * OPENING  -> LIVE      opened; OPENING again with a fresh nonce when an attempt took too long
 * LIVE     -> RETIRING  closed by its user, or its lease ran out by this client's clock: grants are lost at once; what
 *                       is in doubt is still resolved, then the session is closed on the cluster
 * any      -> DEAD      the cluster says it is over, or retiring is done
 * </pre>
 */
public final class SessionAgent implements Connection.Owner, SessionOpening.Owner {
    /** Told each change of state, on the owner's thread; must not block. */
    public interface StateListener {
        /** The session is in another state now. */
        void onState(SessionState state);
    }

    private enum Phase {
        NEW,
        OPENING,
        LIVE,
        RETIRING,
        DEAD
    }

    /** Told of a session that opened although nobody wanted it any more, on the owner's thread. */
    interface Unwanted {
        /** It is to be closed. */
        void onUnwanted(long id, ByteString secret);
    }

    private record AwaitedOpen(long deadline, Completion<SessionAgent> completion) {}

    private final ClientPorts ports;
    private final SessionOpening opening;
    private final Unwanted unwanted;
    private final Connection connection;
    private final CommandWindow window;
    private final GrantTable grants;
    private final Renewals renewals;
    private final long ttlNanos;
    private final ByteString secret;
    private final List<StateListener> listeners = new ArrayList<>();
    private volatile SessionLease lease;
    private volatile SessionState state = SessionState.ACTIVE;
    private volatile long id;
    private Phase phase = Phase.NEW;
    private boolean closeSent;
    private long retireBy = Long.MAX_VALUE;
    private final List<AwaitedOpen> awaitingOpen = new ArrayList<>();
    private final List<Runnable> whenDead = new ArrayList<>();

    SessionAgent(ClientPorts ports, EndpointBook book, OpenStream openStream, long ttlNanos, Unwanted unwanted) {
        this(ports, book, openStream, ttlNanos, SessionOpening.randomBytes(ports), unwanted);
    }

    private SessionAgent(
            ClientPorts ports,
            EndpointBook book,
            OpenStream openStream,
            long ttlNanos,
            ByteString secret,
            Unwanted unwanted) {
        this.ports = ports;
        this.unwanted = unwanted;
        this.ttlNanos = ttlNanos;
        this.lease = new SessionLease(ports.clock(), ttlNanos);
        this.secret = secret;
        long timeoutNanos = ports.options().requestTimeout().toNanos();
        this.connection = new Connection(ports.transport(), book, ports.clock(), this);
        this.window = new CommandWindow(new Backoff(ports.options().retry(), ports.random()), timeoutNanos);
        this.grants = new GrantTable(this, window, openStream, timeoutNanos);
        this.opening = new SessionOpening(ports, openStream, this, ttlNanos, secret);
        this.renewals = new Renewals(ports.clock(), connection, ttlNanos);
    }

    /** The same client's session that opened although nobody wanted it any more: all it does is to be closed. */
    static SessionAgent unwanted(
            ClientPorts ports, EndpointBook book, OpenStream openStream, long ttlNanos, long id, ByteString secret) {
        SessionAgent agent = new SessionAgent(ports, book, openStream, ttlNanos, secret, (other, itsSecret) -> {});
        agent.id = id;
        agent.window.onSession(id);
        agent.connection.want(true);
        agent.leave(SessionState.CLOSED, LossReason.CLIENT_CLOSED, Long.MAX_VALUE);
        return agent;
    }

    /** The id; 0 while it is not open. */
    public long id() {
        return id;
    }

    /** The TTL. */
    public long ttlNanos() {
        return ttlNanos;
    }

    /** How it stands by this client's clock; any thread. */
    public SessionState state() {
        SessionState known = state;
        boolean running = known == SessionState.ACTIVE || known == SessionState.SUSPECT;
        return running && id != 0 && !lease.isValid() ? SessionState.EXPIRED : known;
    }

    /** How long it surely lives; any thread. */
    public long safeForNanos() {
        return lease.remainingNanos();
    }

    /** Runs {@code task}, on the owner's thread, when nothing is left to do for this session. */
    void whenDead(Runnable task) {
        if (phase == Phase.DEAD) {
            task.run();
        } else {
            whenDead.add(task);
        }
    }

    void listen(StateListener listener) {
        listeners.add(listener);
    }

    void ignore(StateListener listener) {
        listeners.remove(listener);
    }

    CommandWindow window() {
        return window;
    }

    GrantTable grants() {
        return grants;
    }

    Connection connection() {
        return connection;
    }

    long nowNanos() {
        return ports.clock().monotonicNanos();
    }

    /** Whether new calls may use it. */
    boolean accepts() {
        return phase == Phase.NEW || phase == Phase.OPENING || (phase == Phase.LIVE && lease.isValid());
    }

    /** Whether it is dead and no attempt to open it may still turn out to have opened a session. */
    boolean isDone() {
        return phase == Phase.DEAD && !opening.isUnderWay();
    }

    Grant grant(GrantRequest request, long token) {
        return new Grant(request, token, id, lease, this);
    }

    /** Tells when it is open, or that it was not by {@code deadline}. */
    void whenOpen(long deadline, Completion<SessionAgent> completion) {
        if (phase == Phase.LIVE) {
            completion.succeed(this);
        } else if (phase == Phase.DEAD || phase == Phase.RETIRING) {
            completion.fail(Errors.sessionOver(id, Outcome.NOT_APPLIED));
        } else {
            awaitingOpen.add(new AwaitedOpen(deadline, completion));
        }
    }

    void doWork(long now) {
        switch (phase) {
            case NEW -> {
                if (isNeeded() && now >= opening.nextAt()) {
                    phase = Phase.OPENING;
                    opening.start(now);
                }
            }
            case OPENING, DEAD -> {}
            case LIVE -> checkLease(now);
            case RETIRING -> retire(now);
        }
        endAwaited(now);
        if (window.check(now, connection.lastReceivedNanos()) && connection.isReady()) {
            connection.fail("does not answer requests", now);
        }
        grants.check(now);
        connection.doWork(now);
        if (connection.isReady()) {
            if (renewals.isSilent(now)) {
                renewals.onSilent();
                connection.fail("does not answer renewals", now);
            } else {
                renewals.doWork(now);
                window.pump(connection, now);
            }
        }
        connection.flush();
    }

    long nextDeadlineNanos(long now) {
        long next = Math.min(grants.nextDeadlineNanos(), connection.nextDeadlineNanos());
        next = Math.min(next, window.nextDeadlineNanos(connection.isReady()));
        if (phase == Phase.NEW && isNeeded()) {
            next = Math.min(next, opening.nextAt());
        }
        for (AwaitedOpen awaited : awaitingOpen) {
            next = Math.min(next, awaited.deadline);
        }
        if (phase == Phase.LIVE) {
            long remaining = lease.remainingNanos();
            long untilSuspect = remaining - suspectBelowNanos();
            next = Math.min(next, now + (untilSuspect > 0 ? untilSuspect : remaining));
        }
        if (phase == Phase.RETIRING) {
            next = Math.min(next, window.open() == 0 && !closeSent ? now : retireBy);
        }
        return connection.isReady() ? Math.min(next, renewals.nextDeadlineNanos()) : next;
    }

    private boolean isNeeded() {
        return window.open() > 0 || !awaitingOpen.isEmpty();
    }

    private void endAwaited(long now) {
        for (AwaitedOpen awaited : new ArrayList<>(awaitingOpen)) {
            if (awaited.deadline <= now && awaitingOpen.remove(awaited)) {
                awaited.completion.fail(opening.notOpened());
            }
        }
    }

    @Override
    public void onOpened(long opened, Stamp sent) {
        id = opened;
        window.onSession(id);
        lease.confirm(sent);
        renewals.onOpened(nowNanos() - sent.monotonicNanos());
        phase = Phase.LIVE;
        connection.want(true);
        List<AwaitedOpen> told = new ArrayList<>(awaitingOpen);
        awaitingOpen.clear();
        told.forEach(awaited -> awaited.completion.succeed(this));
    }

    @Override
    public void onOpenFailed(ErrorDetail error, boolean again) {
        phase = Phase.NEW;
        if (!again) {
            over(SessionState.EXPIRED, LossReason.SESSION_EXPIRED, error);
        }
    }

    @Override
    public void onUnwanted(long opened) {
        unwanted.onUnwanted(opened, secret);
    }

    private void checkLease(long now) {
        long remaining = lease.remainingNanos();
        if (remaining == 0) {
            leave(SessionState.EXPIRED, LossReason.LEASE_RAN_OUT, Long.MAX_VALUE);
        } else if (remaining < suspectBelowNanos() && state == SessionState.ACTIVE) {
            become(SessionState.SUSPECT);
            grants.suspect(true);
        } else if (remaining >= suspectBelowNanos() && state == SessionState.SUSPECT) {
            become(SessionState.ACTIVE);
            grants.suspect(false);
        }
        if (phase == Phase.RETIRING) {
            retire(now);
        }
    }

    /** A third of the TTL has passed since a renewal should have been confirmed. */
    private long suspectBelowNanos() {
        return ttlNanos * 32 / 100;
    }

    /** Its user closes it; {@code deadline} bounds how long the cluster is tried. */
    void close(long deadline) {
        if (phase == Phase.NEW || phase == Phase.OPENING) {
            over(SessionState.CLOSED, LossReason.CLIENT_CLOSED, Errors.closed(Outcome.NOT_APPLIED));
        } else if (phase == Phase.LIVE) {
            leave(SessionState.CLOSED, LossReason.CLIENT_CLOSED, deadline);
        } else if (phase == Phase.RETIRING) {
            retireBy = Math.min(retireBy, deadline);
        }
        opening.giveUp(nowNanos(), deadline);
    }

    /** Ends at once, without the cluster. */
    void abandon() {
        over(SessionState.CLOSED, LossReason.CLIENT_CLOSED, Errors.closed(Outcome.UNKNOWN));
    }

    private void leave(SessionState end, LossReason reason, long deadline) {
        phase = Phase.RETIRING;
        retireBy = deadline;
        lease.end();
        become(end);
        grants.end(reason, Errors.sessionOver(id, Outcome.UNKNOWN));
    }

    private void retire(long now) {
        if (now >= retireBy) {
            die(ErrorCode.CLIENT_CLOSED, "the client is closed");
        } else if (window.open() == 0 && !closeSent) {
            closeSent = true;
            window.submit(
                    Command.newBuilder()
                            .setCloseSession(CloseSession.getDefaultInstance())
                            .build()
                            .toByteString(),
                    Long.MAX_VALUE,
                    new Completion<>() {
                        @Override
                        public void succeed(CommandResult result) {
                            die(ErrorCode.SESSION_EXPIRED, "the session is over");
                        }

                        @Override
                        public void fail(ErrorDetail error) {
                            die(ErrorCode.SESSION_EXPIRED, "the session is over");
                        }
                    });
        }
    }

    /** The cluster, or whoever refused to open it, says it is over. */
    private void over(SessionState end, LossReason reason, ErrorDetail error) {
        if (phase == Phase.DEAD) {
            return;
        }
        lease.end();
        if (phase != Phase.RETIRING) {
            become(end);
            grants.end(reason, error);
        }
        die(error.code(), error.message());
    }

    private void die(ErrorCode code, String message) {
        if (phase != Phase.DEAD) {
            phase = Phase.DEAD;
            connection.want(false);
            window.end(code, message);
            List<AwaitedOpen> told = new ArrayList<>(awaitingOpen);
            awaitingOpen.clear();
            told.forEach(awaited -> awaited.completion.fail(ErrorDetail.local(code, opening.outcome(), message, "")));
            whenDead.forEach(Runnable::run);
            whenDead.clear();
        }
    }

    private void become(SessionState next) {
        if (state != next) {
            state = next;
            new ArrayList<>(listeners).forEach(listener -> listener.onState(next));
        }
    }

    private void onExpired() {
        over(SessionState.EXPIRED, LossReason.SESSION_EXPIRED, Errors.sessionOver(id, Outcome.UNKNOWN));
    }

    @Override
    public Hello hello() {
        return Hello.newBuilder()
                .setClientName(ports.options().clientName())
                .setSession(SessionRef.newBuilder().setSessionId(id).setSecret(secret))
                .build();
    }

    @Override
    public void onReady(long now) {
        renewals.onReady(now);
        grants.onReady(now);
    }

    @Override
    public void onDown(long now) {
        window.onDown();
        renewals.onDown();
    }

    @Override
    public void onRefused(Error error, long now) {
        onExpired();
    }

    @Override
    public void onFrame(ServerFrame frame, long now) {
        if (frame.hasCommand()) {
            boolean over = window.onAnswer(frame.getCommand(), now);
            CommandResult result = frame.getCommand().getResult();
            if (over) {
                onExpired();
            } else {
                connection.onAnswer(result.hasError() ? result.getError() : null, now);
            }
        } else if (frame.hasRenewed()) {
            onRenewed(frame.getRenewed(), now);
        } else if (frame.hasEvent()) {
            onEvent(frame.getEvent());
        }
    }

    private void onRenewed(StreamRenewed renewed, long now) {
        if (!renewed.hasError()) {
            Stamp sent = renewals.onConfirmed(renewed.getRenewalId(), now);
            if (sent != null && phase == Phase.LIVE) {
                lease.confirm(sent);
                checkLease(now);
            }
        } else if (renewed.getError().getCode() == io.gavel.protocol.v1.ErrorCode.SESSION_EXPIRED) {
            onExpired();
        } else {
            renewals.onRefused(renewed.getRenewalId(), now);
            connection.onAnswer(renewed.getError(), now);
        }
    }

    private void onEvent(SessionEvent event) {
        switch (event.getKindCase()) {
            case GRANTED -> grants.onGrantedEvent(event.getGranted());
            case LOST -> grants.onLostEvent(event.getLost());
            case WAIT_ENDED -> grants.onWaitEnded(event.getWaitEnded());
            case SESSION_ENDED -> onExpired();
            case KIND_NOT_SET -> {}
        }
    }
}
