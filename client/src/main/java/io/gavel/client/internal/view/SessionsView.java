package io.gavel.client.internal.view;

import io.gavel.client.internal.core.SessionAgent;
import io.gavel.client.internal.core.SessionSlot;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Limits;
import io.gavel.client.session.Session;
import io.gavel.client.session.SessionStatus;
import io.gavel.client.session.Sessions;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.EvictSession;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.SessionListQuery;
import io.gavel.protocol.v1.SessionQuery;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Sessions. */
final class SessionsView implements Sessions {
    private final Context context;

    SessionsView(Context context) {
        this.context = context;
    }

    @Override
    public Session current() {
        return currentCall().await();
    }

    @Override
    public CompletableFuture<Session> currentAsync() {
        return currentCall().future();
    }

    private Call<Session> currentCall() {
        SessionSlot slot = context.slot();
        return context.call(
                (long deadline, Completion<SessionAgent> completion) ->
                        context.core().whenOpen(slot, deadline, completion),
                session -> new SessionView(context, slot, session));
    }

    @Override
    public Session open(Duration ttl) {
        return openCall(ttl).await();
    }

    @Override
    public CompletableFuture<Session> openAsync(Duration ttl) {
        return openCall(ttl).future();
    }

    private Call<Session> openCall(Duration ttl) {
        Limits.require(
                ttl.compareTo(Duration.ofSeconds(1)) >= 0 && ttl.compareTo(Duration.ofHours(24)) <= 0,
                "ttl",
                "1 s to 24 h",
                ttl.toString());
        return context.<SessionSlot.Opened, Session>call(
                        (deadline, completion) -> context.core().open(ttl.toNanos(), deadline, completion),
                        opened -> new SessionView(context, opened.slot(), opened.session()))
                .ifUnwanted(session -> {
                    CompletableFuture<Void> unused = session.closeAsync();
                });
    }

    @Override
    public List<SessionStatus> list(long after, int limit) {
        return listCall(after, limit).await();
    }

    @Override
    public CompletableFuture<List<SessionStatus>> listAsync(long after, int limit) {
        return listCall(after, limit).future();
    }

    private Call<List<SessionStatus>> listCall(long after, int limit) {
        return context.read(
                Query.newBuilder()
                        .setSessionList(SessionListQuery.newBuilder()
                                .setAfter(after)
                                .setLimit(Limits.nonNegative("limit", limit))),
                result -> result.getSessionList().getSessionsList().stream()
                        .map(Decode::session)
                        .collect(Collectors.toUnmodifiableList()));
    }

    @Override
    public Optional<SessionStatus> describe(long sessionId) {
        return describeCall(sessionId).await();
    }

    @Override
    public CompletableFuture<Optional<SessionStatus>> describeAsync(long sessionId) {
        return describeCall(sessionId).future();
    }

    private Call<Optional<SessionStatus>> describeCall(long sessionId) {
        return context.read(
                        Query.newBuilder().setSession(SessionQuery.newBuilder().setSessionId(sessionId)),
                        result -> Decode.session(result.getSession()))
                .orEmpty();
    }

    @Override
    public void evict(long sessionId, boolean now) {
        evictCall(sessionId, now).await();
    }

    @Override
    public CompletableFuture<Void> evictAsync(long sessionId, boolean now) {
        return evictCall(sessionId, now).completion();
    }

    private Call<Long> evictCall(long sessionId, boolean now) {
        return context.execute(
                Command.newBuilder()
                        .setEvictSession(EvictSession.newBuilder()
                                .setSessionId(sessionId)
                                .setNow(now)),
                CommandResult::getRevision);
    }
}
