package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.ClientPorts;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.wire.Errors;
import io.gavel.protocol.v1.CommandResult;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The session that calls belong to; replaced by a new one after its end, if it is the client's own. */
public final class SessionSlot {
    /** A session that is open, and the slot it fills. */
    public record Opened(SessionSlot slot, SessionAgent session) {}

    private final ClientPorts ports;
    private final EndpointBook book;
    private final OpenStream openStream;
    private final long ttlNanos;
    private final boolean reopens;
    private final List<SessionAgent> agents = new ArrayList<>();
    private @Nullable SessionAgent current;
    private boolean closed;
    /** How long the cluster is tried when it is closed. */
    private long closeBy = Long.MAX_VALUE;

    SessionSlot(ClientPorts ports, EndpointBook book, OpenStream openStream, long ttlNanos, boolean reopens) {
        this.ports = ports;
        this.book = book;
        this.openStream = openStream;
        this.ttlNanos = ttlNanos;
        this.reopens = reopens;
    }

    /** The session for new calls; null = it is over and not replaced. */
    private @Nullable SessionAgent usable() {
        SessionAgent agent = current;
        if (agent != null && agent.accepts()) {
            return agent;
        }
        if (closed || (agent != null && !reopens)) {
            return null;
        }
        SessionAgent fresh = new SessionAgent(ports, book, openStream, ttlNanos, this::closeUnwanted);
        current = fresh;
        agents.add(fresh);
        return fresh;
    }

    private void closeUnwanted(long id, ByteString secret) {
        SessionAgent agent = SessionAgent.unwanted(ports, book, openStream, ttlNanos, id, secret);
        agent.close(closeBy);
        agents.add(agent);
    }

    /** Runs a command in the session. */
    void execute(ByteString command, long deadline, Completion<CommandResult> completion) {
        SessionAgent agent = usable();
        if (agent == null) {
            completion.fail(Errors.sessionOver(lastId(), Outcome.NOT_APPLIED));
        } else {
            agent.window().submit(command, deadline, completion);
        }
    }

    /** Asks for a grant; null = refused already. */
    GrantTable.@Nullable Wait acquire(GrantRequest request, long now, long answerNanos, GrantCompletion completion) {
        SessionAgent agent = usable();
        if (agent == null) {
            completion.fail(Errors.sessionOver(lastId(), Outcome.NOT_APPLIED));
            return null;
        }
        return agent.grants().acquire(request, now, answerNanos, completion);
    }

    /** Opens the session if it is not. */
    void whenOpen(long deadline, Completion<SessionAgent> completion) {
        SessionAgent agent = usable();
        if (agent == null) {
            completion.fail(Errors.sessionOver(lastId(), Outcome.NOT_APPLIED));
        } else {
            agent.whenOpen(deadline, completion);
        }
    }

    /** What became of a sequence of one of its sessions. */
    boolean outcomeOf(long sessionId, long sequence, Completion<Outcome> completion) {
        for (SessionAgent agent : agents) {
            if (agent.id() == sessionId) {
                agent.window().outcomeOf(sequence, completion);
                return true;
            }
        }
        return false;
    }

    private long lastId() {
        SessionAgent agent = current;
        return agent == null ? 0 : agent.id();
    }

    void doWork(long now) {
        for (int i = 0; i < agents.size(); i++) {
            agents.get(i).doWork(now);
        }
        agents.removeIf(agent -> agent.isDone() && agent != current);
    }

    long nextDeadlineNanos(long now) {
        long next = Long.MAX_VALUE;
        for (int i = 0; i < agents.size(); i++) {
            next = Math.min(next, agents.get(i).nextDeadlineNanos(now));
        }
        return next;
    }

    /** Closes one of its sessions; the client's own is replaced at the next use. */
    void release(SessionAgent session, long deadline) {
        closed |= !reopens;
        session.close(deadline);
    }

    void close(long deadline) {
        closed = true;
        closeBy = Math.min(closeBy, deadline);
        agents.forEach(agent -> agent.close(deadline));
    }

    void abandon() {
        closed = true;
        agents.forEach(SessionAgent::abandon);
    }

    /** Whether nothing of it is left to do. */
    boolean isDone() {
        return closed && agents.stream().allMatch(SessionAgent::isDone);
    }

    boolean isConnected() {
        return agents.stream().anyMatch(agent -> agent.connection().isReady());
    }
}
