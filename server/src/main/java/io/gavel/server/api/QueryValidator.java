package io.gavel.server.api;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Consistency;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.WaiterQuery;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.entry.UnknownFields;
import org.jspecify.annotations.Nullable;

/// Refuses queries that are malformed or over a limit. A pure function; any thread.
final class QueryValidator {
    private QueryValidator() {}

    /// The first thing wrong with the query, or null.
    static @Nullable Error check(Query query) {
        FieldChecks checks = new FieldChecks();
        String unknown = UnknownFields.findIn(query);
        if (unknown != null || query.getConsistency() == Consistency.UNRECOGNIZED) {
            checks.unsupported(unknown != null ? unknown : "query.consistency");
            return checks.refusal();
        }
        checkKind(query, checks);
        return checks.refusal();
    }

    private static void checkKind(Query query, FieldChecks checks) {
        switch (query.getKindCase()) {
            case GET -> checks.key("get.key", query.getGet().getKey());
            case RANGE -> range(query.getRange(), checks);
            case COUNT -> prefix("count.prefix", query.getCount().getPrefix(), checks);
            case LOCK -> checks.name("lock.name", query.getLock().getName());
            case LOCK_LIST -> {
                list(
                        "lock_list",
                        query.getLockList().getPrefix(),
                        query.getLockList().getAfter(),
                        checks);
                limit("lock_list", query.getLockList().getLimit(), checks);
            }
            case WAITER -> waiter(query.getWaiter(), checks);
            case ELECTION -> checks.name("election.name", query.getElection().getName());
            case ELECTION_LIST -> {
                list(
                        "election_list",
                        query.getElectionList().getPrefix(),
                        query.getElectionList().getAfter(),
                        checks);
                limit("election_list", query.getElectionList().getLimit(), checks);
            }
            case CONFIG ->
                checks.namespace("config.namespace", query.getConfig().getNamespace());
            case CONFIG_HISTORY -> {
                checks.namespace(
                        "config_history.namespace", query.getConfigHistory().getNamespace());
                limit("config_history", query.getConfigHistory().getLimit(), checks);
            }
            case CONFIG_DIFF -> {
                checks.namespace("config_diff.namespace", query.getConfigDiff().getNamespace());
                checks.positive(
                        "config_diff.from_version", query.getConfigDiff().getFromVersion());
            }
            case CONFIG_LIST -> {
                list(
                        "config_list",
                        query.getConfigList().getPrefix(),
                        query.getConfigList().getAfter(),
                        checks);
                limit("config_list", query.getConfigList().getLimit(), checks);
            }
            case SCHEMA ->
                checks.namespace("schema.namespace", query.getSchema().getNamespace());
            case SESSION ->
                checks.positive("session.session_id", query.getSession().getSessionId());
            case SESSION_LIST -> limit("session_list", query.getSessionList().getLimit(), checks);
            case SEQUENCE -> {
                checks.positive("sequence.session_id", query.getSequence().getSessionId());
                checks.positive("sequence.sequence", query.getSequence().getSequence());
            }
            case KIND_NOT_SET -> checks.unsupported("query without a known kind");
        }
    }

    /// A waiter named by session and sequence.
    static void waiter(WaiterQuery waiter, FieldChecks checks) {
        checks.name("waiter.name", waiter.getName());
        checks.positive("waiter.waiter.session_id", waiter.getWaiter().getSessionId());
        checks.positive("waiter.waiter.sequence", waiter.getWaiter().getSequence());
    }

    private static void range(RangeQuery range, FieldChecks checks) {
        prefix("range.prefix", range.getPrefix(), checks);
        prefix("range.after", range.getAfter(), checks);
        checks.range("range.limit", Integer.toUnsignedLong(range.getLimit()), 0, RequestLimits.RANGE_ENTRIES);
    }

    private static void prefix(String field, ByteString prefix, FieldChecks checks) {
        checks.bytes(field, prefix, 0, RequestLimits.KEY_BYTES);
    }

    private static void list(String field, String prefix, String after, FieldChecks checks) {
        checks.text(field + ".prefix", prefix, 0, RequestLimits.NAME_BYTES);
        checks.text(field + ".after", after, 0, RequestLimits.NAME_BYTES);
    }

    private static void limit(String field, int limit, FieldChecks checks) {
        checks.range(field + ".limit", Integer.toUnsignedLong(limit), 0, RequestLimits.LIST_ENTRIES);
    }
}
