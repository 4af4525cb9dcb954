package io.gavel.server.state.lock;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.TokenGuard;
import io.gavel.server.entry.Refusals;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.EndedSession;
import io.gavel.server.state.table.ExpiryBudget;
import io.gavel.server.state.table.OwnershipTable;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What locks and elections have in common: queues whose claims belong to sessions.
abstract sealed class QueueTable implements OwnershipTable permits LockTable, ElectionTable {
    final PermitQueues queues;
    final ClaimVerbs verbs;
    private final OwnershipKind kind;

    QueueTable(OwnershipKind kind) {
        this.kind = kind;
        this.queues = new PermitQueues(kind, this::onSettled);
        this.verbs = new ClaimVerbs(kind, queues);
    }

    /// A change of the queue is complete: whoever can be granted is.
    abstract void onSettled(PermitQueue queue, ApplyContext context);

    final QueryResult.Builder notFound(String name) {
        return QueryResult.newBuilder().setError(Refusals.notFound(kind.noun, name));
    }

    @Override
    public final @Nullable Error checkToken(TokenGuard guard, ApplyContext context) {
        return verbs.checkToken(guard.getName(), guard.getToken(), context);
    }

    @Override
    public final void onSessionEnded(EndedSession session, ApplyContext context) {
        queues.onSessionEnded(session, context);
    }

    @Override
    public final void onTime(ApplyContext context, ExpiryBudget budget) {
        queues.onTime(context, budget);
    }

    @Override
    public final boolean anythingCanExpire() {
        return queues.anythingCanExpire();
    }

    @Override
    public final int countClaims(long sessionId) {
        return queues.claimsOf(sessionId);
    }

    @Override
    public final List<String> holdings(long sessionId) {
        return queues.holdings(sessionId);
    }

    @Override
    public final List<SessionEvent> currentEvents(long sessionId) {
        return queues.currentEvents(sessionId);
    }

    @Override
    public final TableId tableId() {
        return kind.tableId;
    }

    @Override
    public final StateDigest digest() {
        return queues.digest();
    }

    @Override
    public final long stateBytes() {
        return queues.stateBytes();
    }

    @Override
    public final void writeTo(RecordSink sink) throws IOException {
        queues.writeTo(sink);
    }

    @Override
    public void readRecord(byte[] key, byte[] value) {
        restore(key, value);
    }

    final PermitQueue restore(byte[] key, byte[] value) {
        return queues.readRecord(key, value);
    }
}
