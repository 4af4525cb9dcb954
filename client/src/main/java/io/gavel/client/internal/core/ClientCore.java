package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.ConnectionEvent;
import io.gavel.client.ConnectionState;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.error.RequestId;
import io.gavel.client.internal.port.ClientPorts;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.wire.Errors;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All the logic of one client. Single-owner: every method is called by one thread, or one simulator, that also calls
 * {@link #doWork} after anything happened and not later than {@link #nextDeadlineNanos}.
 */
public final class ClientCore {
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** How long what leads has to end when the client is closed; its leadership is kept for that long. */
    private static final long LEADERS_END_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Told each change of the connection state, on the owner's thread; must not block. */
    public interface ConnectionListener {
        /** The state changed. */
        void onChange(ConnectionEvent event);
    }

    private final ClientPorts ports;
    private final EndpointBook book;
    private final OpenStream openStream;
    private final Pulse pulse;
    private final List<SessionSlot> slots = new ArrayList<>();
    private final List<WatchAgent<?>> watches = new ArrayList<>();
    private final List<CampaignLoop> campaigns = new ArrayList<>();
    private final List<ConnectionListener> listeners = new ArrayList<>();
    private final SessionSlot own;
    private volatile ConnectionState state = ConnectionState.IDLE;
    private boolean closing;
    /** While closing: when sessions are closed though something still leads; then never. */
    private long closeSessionsAt = Long.MAX_VALUE;

    private boolean sessionsClosed;
    private boolean closed;

    /** A client that has not connected yet. */
    public ClientCore(ClientPorts ports) {
        this.ports = ports;
        this.book =
                new EndpointBook(ports.options().endpoints(), ports.options().retry(), ports.random());
        this.openStream = new OpenStream(
                ports.options().clientName(),
                ports.transport(),
                book,
                ports.clock(),
                ports.options().retry(),
                ports.random());
        this.pulse = new Pulse(ports.transport(), ports.clock());
        this.own = newSlot(ports.options().sessionTtl().toNanos(), true);
    }

    /** The client's own session. */
    public SessionSlot ownSession() {
        return own;
    }

    /** Opens a further session, which is not replaced when it ends; given up if it is not open in time. */
    public void open(long ttlNanos, long deadline, Completion<SessionSlot.Opened> completion) {
        if (!admits(completion)) {
            return;
        }
        SessionSlot slot = newSlot(ttlNanos, false);
        slot.whenOpen(deadline, new Completion<>() {
            @Override
            public void succeed(SessionAgent session) {
                completion.succeed(new SessionSlot.Opened(slot, session));
            }

            @Override
            public void fail(ErrorDetail error) {
                slot.close(Long.MAX_VALUE);
                completion.fail(error);
            }
        });
    }

    private SessionSlot newSlot(long ttlNanos, boolean reopens) {
        SessionSlot slot = new SessionSlot(ports, book, openStream, ttlNanos, reopens);
        slots.add(slot);
        return slot;
    }

    /** Any thread. */
    public ConnectionState state() {
        return state;
    }

    /** Tells later changes of the connection state. */
    public void listen(ConnectionListener listener) {
        listeners.add(listener);
    }

    /** Tells it no more. */
    public void ignore(ConnectionListener listener) {
        listeners.remove(listener);
    }

    /** Reads; {@code deadline} by the monotonic clock. */
    public void read(Query query, long deadline, Completion<QueryResult> completion) {
        if (admits(completion)) {
            openStream.read(query, deadline, completion);
        }
    }

    /** Runs a command, exactly once. */
    public void execute(SessionSlot slot, ByteString command, long deadline, Completion<CommandResult> completion) {
        if (admits(completion)) {
            slot.execute(command, deadline, completion);
        }
    }

    /**
     * Asks for a grant. The result is for {@link #abandon}; null = refused already. {@code answerNanos} bounds a
     * request that is not to wait.
     */
    public @Nullable Object acquire(
            SessionSlot slot, GrantRequest request, long answerNanos, GrantCompletion completion) {
        ErrorDetail refusal = refusal();
        if (refusal != null) {
            completion.fail(refusal);
            return null;
        }
        return slot.acquire(request, now(), answerNanos, completion);
    }

    /** The caller of {@link #acquire} gave up. */
    public void abandon(Object acquisition) {
        ((GrantTable.Wait) acquisition).session().grants().abandon((GrantTable.Wait) acquisition);
    }

    /** Gives a grant back that was marked released. */
    public void release(Grant grant, long deadline, Completion<CommandResult> completion) {
        grant.session().grants().release(grant, deadline, completion);
    }

    /** Runs a command in the session that holds {@code grant}. */
    public void execute(Grant grant, ByteString command, long deadline, Completion<CommandResult> completion) {
        if (admits(completion)) {
            grant.session().window().submit(command, deadline, completion);
        }
    }

    /** Opens a session if it is not, and tells when. */
    public void whenOpen(SessionSlot slot, long deadline, Completion<SessionAgent> completion) {
        if (admits(completion)) {
            slot.whenOpen(deadline, completion);
        }
    }

    /** Tells later changes of a session's state. */
    public void listen(SessionAgent session, SessionAgent.StateListener listener) {
        session.listen(listener);
    }

    /** Tells them no more. */
    public void ignore(SessionAgent session, SessionAgent.StateListener listener) {
        session.ignore(listener);
    }

    /** Closes one session, within two seconds, and tells when it is done. */
    public void close(SessionSlot slot, SessionAgent session, Completion<Boolean> completion) {
        slot.release(session, now() + CLOSE_NANOS);
        session.whenDead(() -> completion.succeed(true));
    }

    /** Says what became of a request. */
    public void outcomeOf(RequestId request, Completion<Outcome> completion) {
        for (SessionSlot slot : slots) {
            if (slot.outcomeOf(request.session(), request.sequence(), completion)) {
                return;
            }
        }
        completion.succeed(Outcome.UNKNOWN);
    }

    /** Starts a subscription. */
    public <E> void watch(WatchAgent<E> watch) {
        watches.add(watch);
        watch.start(ports, book, pulse);
    }

    /** Starts a candidacy that runs for ever. */
    public CampaignLoop campaign(SessionSlot slot, GrantRequest request, CampaignLoop.Host host) {
        CampaignLoop loop = new CampaignLoop(
                this, slot, request, host, new Backoff(ports.options().retry(), ports.random()));
        campaigns.add(loop);
        return loop;
    }

    private boolean admits(Completion<?> completion) {
        ErrorDetail refusal = refusal();
        if (refusal != null) {
            completion.fail(refusal);
        }
        return refusal == null;
    }

    /** Why calls are refused at once now; null = they are not. */
    private @Nullable ErrorDetail refusal() {
        if (closing) {
            return Errors.closed(Outcome.NOT_APPLIED);
        }
        if (state == ConnectionState.DISCONNECTED && book.isDown(now())) {
            return ErrorDetail.local(
                    ErrorCode.CIRCUIT_OPEN,
                    Outcome.NOT_APPLIED,
                    "no member has answered for a while: " + book.describe(),
                    "single probes go on");
        }
        return null;
    }

    long now() {
        return ports.clock().monotonicNanos();
    }

    /** Does whatever is due. */
    public void doWork() {
        long now = now();
        openStream.doWork(now);
        for (int i = 0; i < campaigns.size(); i++) {
            campaigns.get(i).doWork(now);
        }
        campaigns.removeIf(CampaignLoop::isStopped);
        for (int i = 0; i < slots.size(); i++) {
            slots.get(i).doWork(now);
        }
        slots.removeIf(slot -> slot.isDone() && slot != own);
        pulse.doWork(now);
        for (int i = 0; i < watches.size(); i++) {
            watches.get(i).doWork(now);
        }
        watches.removeIf(WatchAgent::isOver);
        // What was opened or completed above may have left more to send.
        openStream.doWork(now);
        if (closing) {
            closeSessionsIfDue(now);
        }
        if (sessionsClosed && !closed && slots.stream().allMatch(SessionSlot::isDone)) {
            finish();
        }
        updateState(now);
    }

    /** When {@link #doWork} is next due without anything happening. */
    public long nextDeadlineNanos() {
        long now = now();
        long next = Math.min(openStream.nextDeadlineNanos(), pulse.nextDeadlineNanos());
        next = Math.min(next, closeSessionsAt);
        for (int i = 0; i < slots.size(); i++) {
            next = Math.min(next, slots.get(i).nextDeadlineNanos(now));
        }
        for (int i = 0; i < campaigns.size(); i++) {
            next = Math.min(next, campaigns.get(i).nextDeadlineNanos());
        }
        for (int i = 0; i < watches.size(); i++) {
            next = Math.min(next, watches.get(i).nextDeadlineNanos());
        }
        return next;
    }

    /**
     * Ends what leads, for which it waits ten seconds at most, then gives everything back and lets go, within two
     * seconds.
     */
    public void close() {
        if (!closing) {
            closing = true;
            closeSessionsAt = now() + LEADERS_END_NANOS;
            new ArrayList<>(campaigns).forEach(CampaignLoop::stop);
            watches.forEach(watch -> watch.fail(Errors.closed(Outcome.NOT_APPLIED)));
            closeSessionsIfDue(now());
        }
    }

    private void closeSessionsIfDue(long now) {
        boolean leads = campaigns.stream().anyMatch(CampaignLoop::isHostRunning);
        if (!sessionsClosed && (!leads || now >= closeSessionsAt)) {
            sessionsClosed = true;
            closeSessionsAt = Long.MAX_VALUE;
            slots.forEach(slot -> slot.close(now + CLOSE_NANOS));
        }
    }

    /** Whether closing is done. */
    public boolean isClosed() {
        return closed;
    }

    /** Ends at once, without the cluster; every caller is told. */
    public void abandon() {
        close();
        slots.forEach(SessionSlot::abandon);
        finish();
    }

    private void finish() {
        closed = true;
        openStream.close();
    }

    private void updateState(long now) {
        ConnectionState next;
        String endpoint = "";
        if (closing) {
            next = ConnectionState.CLOSED;
        } else if (openStream.connection().isReady() || slots.stream().anyMatch(SessionSlot::isConnected)) {
            next = ConnectionState.READY;
            endpoint = openStream.connection().endpoint();
        } else if (book.isDown(now)) {
            next = ConnectionState.DISCONNECTED;
        } else {
            next = openStream.connection().isWanted() ? ConnectionState.CONNECTING : state;
        }
        if (next != state) {
            ConnectionEvent event = new ConnectionEvent(state, next, endpoint, book.describe());
            state = next;
            new ArrayList<>(listeners).forEach(listener -> listener.onChange(event));
        }
    }
}
