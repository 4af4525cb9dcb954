package io.gavel.server.state;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.SequenceState;
import io.gavel.protocol.v1.SessionList;
import io.gavel.protocol.v1.SessionListQuery;
import io.gavel.protocol.v1.SessionState;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.state.kv.KeyValueQueries;
import io.gavel.server.state.table.OwnershipTable;
import io.gavel.server.state.table.ReadContext;
import java.util.function.Supplier;

/// Answers queries: those about keys on any thread, the others on the apply agent.
final class StateQueries {
    private static final int DEFAULT_LIST_ENTRIES = 100;

    private final Tables tables;
    private final KeyValueQueries keys;
    private final Supplier<KeyValueQueries.ReadPoint> newest;

    /// @param published what readers may see
    StateQueries(Tables tables, Supplier<Published> published) {
        this.tables = tables;
        this.keys = new KeyValueQueries(tables.store);
        this.newest = () -> {
            Published now = published.get();
            return new KeyValueQueries.ReadPoint(now.revision(), now.replicatedTimeNanos());
        };
    }

    QueryResult read(Query query) {
        return switch (query.getKindCase()) {
            case GET -> keys.get(query.getGet(), newest).build();
            case RANGE -> keys.range(query.getRange(), newest).build();
            case COUNT -> keys.count(query.getCount(), newest).build();
            case SESSION -> answer(session(query.getSession().getSessionId()));
            case SESSION_LIST -> answer(sessions(query.getSessionList()));
            case SEQUENCE -> answer(sequence(query));
            case LOCK, LOCK_LIST -> answer(tables.locks.read(query, context()));
            case ELECTION, ELECTION_LIST -> answer(tables.elections.read(query, context()));
            case WAITER -> {
                OwnershipTable queues = query.getWaiter().getElection() ? tables.elections : tables.locks;
                yield answer(queues.read(query, context()));
            }
            case CONFIG, CONFIG_HISTORY, CONFIG_DIFF, CONFIG_LIST, SCHEMA ->
                answer(tables.config.read(query, context()));
            case KIND_NOT_SET -> answer(refuse(Refusals.invalid("query", "one variant", "none", "no query")));
        };
    }

    private ReadContext context() {
        return new ReadContext(tables.header.revision, tables.header.nowNanos, tables.sessions);
    }

    private QueryResult answer(QueryResult.Builder result) {
        return result.setRevision(tables.header.revision).build();
    }

    private static QueryResult.Builder refuse(Error error) {
        return QueryResult.newBuilder().setError(error);
    }

    private QueryResult.Builder session(long sessionId) {
        return tables.sessions.exists(sessionId)
                ? QueryResult.newBuilder().setSession(describe(sessionId))
                : refuse(Refusals.notFound("session", Long.toString(sessionId)));
    }

    private SessionState describe(long sessionId) {
        SessionState.Builder state =
                tables.sessions.describe(sessionId).setEphemeralKeys(tables.store.countEphemeral(sessionId));
        for (OwnershipTable owner : tables.ownership) {
            state.addAllHolds(owner.holdings(sessionId));
        }
        return state.build();
    }

    private QueryResult.Builder sessions(SessionListQuery query) {
        int limit = query.getLimit() == 0 ? DEFAULT_LIST_ENTRIES : query.getLimit();
        if (limit < 0 || limit > RequestLimits.LIST_ENTRIES) {
            return refuse(
                    Refusals.tooLarge("session_list.limit", RequestLimits.LIST_ENTRIES, Integer.toUnsignedLong(limit)));
        }
        SessionList.Builder list = SessionList.newBuilder();
        for (long id = tables.sessions.next(query.getAfter()); id != 0; id = tables.sessions.next(id)) {
            if (list.getSessionsCount() == limit) {
                list.setMore(true);
                break;
            }
            list.addSessions(describe(id));
        }
        return QueryResult.newBuilder().setSessionList(list);
    }

    private QueryResult.Builder sequence(Query query) {
        SequenceState state = tables.sessions.sequence(query.getSequence());
        return state == null
                ? refuse(Refusals.sessionExpired(query.getSequence().getSessionId()))
                : QueryResult.newBuilder().setSequence(state);
    }
}
