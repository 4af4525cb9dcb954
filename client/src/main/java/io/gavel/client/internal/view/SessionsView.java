package io.gavel.client.internal.view;

import io.gavel.client.internal.core.SessionAgent;
import io.gavel.client.internal.core.SessionSlot;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Limits;
import io.gavel.client.session.Session;
import io.gavel.client.session.SessionStatus;
import io.gavel.client.session.Sessions;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.EvictSession;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.SessionListQuery;
import io.gavel.protocol.v1.SessionQuery;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Sessions. */
final class SessionsView implements Sessions {
    private final Context context;

    SessionsView(Context context) {
        this.context = context;
    }

    @Override
    public Session current() {
        return open(context.slot());
    }

    @Override
    public Session open(Duration ttl) {
        Limits.require(
                ttl.compareTo(Duration.ofSeconds(1)) >= 0 && ttl.compareTo(Duration.ofHours(24)) <= 0,
                "ttl",
                "1 s to 24 h",
                ttl.toString());
        context.calls().requireNotOwner();
        SessionSlot slot = context.calls()
                .<SessionSlot, SessionSlot>await(
                        (deadline, completion) ->
                                completion.succeed(context.core().newSession(ttl.toNanos())),
                        Function.identity());
        return open(slot);
    }

    private Session open(SessionSlot slot) {
        SessionAgent agent = context.calls()
                .<SessionAgent, SessionAgent>await(
                        (deadline, completion) -> context.core().whenOpen(slot, completion), Function.identity());
        return new SessionView(context, slot, agent);
    }

    @Override
    public List<SessionStatus> list(long after, int limit) {
        return context.calls()
                .await(
                        context.read(Query.newBuilder()
                                .setSessionList(SessionListQuery.newBuilder()
                                        .setAfter(after)
                                        .setLimit(Limits.nonNegative("limit", limit)))),
                        (QueryResult result) -> result.getSessionList().getSessionsList().stream()
                                .map(Decode::session)
                                .collect(Collectors.toUnmodifiableList()));
    }

    @Override
    public Optional<SessionStatus> describe(long sessionId) {
        return Found.orEmpty(() -> context.calls()
                .await(
                        context.read(Query.newBuilder()
                                .setSession(SessionQuery.newBuilder().setSessionId(sessionId))),
                        (QueryResult result) -> Decode.session(result.getSession())));
    }

    @Override
    public void evict(long sessionId, boolean now) {
        context.calls()
                .await(
                        context.execute(Command.newBuilder()
                                .setEvictSession(EvictSession.newBuilder()
                                        .setSessionId(sessionId)
                                        .setNow(now))),
                        CommandResult::getRevision);
    }
}
