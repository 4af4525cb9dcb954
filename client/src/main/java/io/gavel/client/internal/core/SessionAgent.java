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
import io.gavel.protocol.v1.OpenSession;
import io.gavel.protocol.v1.OpenSessionResult;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.SessionRef;
import io.gavel.protocol.v1.StreamRenewed;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
public final class SessionAgent implements Connection.Owner {
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

    private record AwaitedOpen(long deadline, Completion<SessionAgent> completion) {}

    private static final int KEY_BYTES = 16;

    private final ClientPorts ports;
    private final OpenStream openStream;
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
    private @Nullable ErrorDetail openFailure;
    /** Of the last attempt to open it. */
    private Supplier<Outcome> openOutcome = () -> Outcome.NOT_APPLIED;
    /** An earlier attempt may have opened a session that nobody knows of. */
    private boolean openInDoubt;

    private int openFailures;
    private long openAt;
    private final Backoff openBackoff;
    private final List<AwaitedOpen> awaitingOpen = new ArrayList<>();
    private final List<Runnable> whenDead = new ArrayList<>();

    SessionAgent(ClientPorts ports, EndpointBook book, OpenStream openStream, long ttlNanos) {
        this.ports = ports;
        this.openStream = openStream;
        this.ttlNanos = ttlNanos;
        this.lease = new SessionLease(ports.clock(), ttlNanos);
        this.secret = randomBytes();
        long timeoutNanos = ports.options().requestTimeout().toNanos();
        this.connection = new Connection(ports.transport(), book, ports.clock(), this);
        this.window = new CommandWindow(new Backoff(ports.options().retry(), ports.random()), timeoutNanos);
        this.grants = new GrantTable(this, window, openStream, timeoutNanos);
        this.openBackoff = new Backoff(ports.options().retry(), ports.random());
        this.renewals = new Renewals(ports.clock(), connection, ttlNanos);
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

    boolean isDead() {
        return phase == Phase.DEAD;
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
                if (isNeeded() && now >= openAt) {
                    open(now);
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
        long windowNext = window.nextDeadlineNanos();
        next = windowNext == 0 && !connection.isReady() ? next : Math.min(next, windowNext);
        if (phase == Phase.NEW && isNeeded()) {
            next = Math.min(next, openAt);
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
                awaited.completion.fail(notOpened());
            }
        }
    }

    private ErrorDetail notOpened() {
        Outcome outcome = outcomeOfOpening();
        return openFailure != null
                ? openFailure.withOutcome(outcome)
                : ErrorDetail.local(ErrorCode.UNAVAILABLE, outcome, "no member opened the session in time", "");
    }

    /** Whether the cluster may have a session that was opened here; it ends with its TTL. */
    private Outcome outcomeOfOpening() {
        return openInDoubt ? Outcome.UNKNOWN : openOutcome.get();
    }

    private void open(long now) {
        phase = Phase.OPENING;
        Stamp sent = Stamp.of(ports.clock());
        OpenSession request = OpenSession.newBuilder()
                .setNonce(randomBytes())
                .setSecretHash(sha256(secret))
                .setTtlMillis(ttlNanos / 1_000_000)
                .setOwner(ports.options().clientName())
                .build();
        // The lease counts from the first send of a nonce: an attempt that is repeated for long would open it used up.
        // But if one was not enough, the next is given longer: the cluster may need that long.
        long patience = openFailures == 0 ? ttlNanos / 3 : ttlNanos / 2;
        long deadline = now + Math.min(ports.options().requestTimeout().toNanos(), patience);
        openOutcome = openStream.open(request, deadline, new Completion<>() {
            @Override
            public void succeed(OpenSessionResult result) {
                onOpened(result, sent);
            }

            @Override
            public void fail(ErrorDetail error) {
                onOpenFailed(error);
            }
        });
    }

    private void onOpened(OpenSessionResult result, Stamp sent) {
        if (phase != Phase.OPENING) {
            return;
        }
        id = result.getSessionId();
        window.onSession(id);
        lease.confirm(sent);
        renewals.onOpened(nowNanos() - sent.monotonicNanos());
        phase = Phase.LIVE;
        connection.want(true);
        List<AwaitedOpen> told = new ArrayList<>(awaitingOpen);
        awaitingOpen.clear();
        told.forEach(awaited -> awaited.completion.succeed(this));
    }

    private void onOpenFailed(ErrorDetail error) {
        if (phase != Phase.OPENING) {
            return;
        }
        boolean again = error.code() == ErrorCode.UNAVAILABLE
                || error.code() == ErrorCode.DEADLINE
                || error.code() == ErrorCode.OVERLOADED;
        phase = Phase.NEW;
        openFailure = error;
        openInDoubt |= error.outcome() == Outcome.UNKNOWN;
        openAt = nowNanos() + openBackoff.nanos(++openFailures);
        if (!again) {
            over(SessionState.EXPIRED, LossReason.SESSION_EXPIRED, error);
        }
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
            told.forEach(awaited -> awaited.completion.fail(ErrorDetail.local(code, outcomeOfOpening(), message, "")));
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

    private ByteString randomBytes() {
        byte[] bytes = new byte[KEY_BYTES];
        ports.random().nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    private static ByteString sha256(ByteString bytes) {
        try {
            return ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
