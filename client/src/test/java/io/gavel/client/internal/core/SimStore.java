package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Compare;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.DeleteResult;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.PutResult;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.RangeResult;
import io.gavel.protocol.v1.ReadOperationResult;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import io.gavel.protocol.v1.TxnOperationResult;
import io.gavel.protocol.v1.TxnResult;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Keys and transactions of the model. One revision a command, whatever it writes. */
final class SimStore {
    final TreeMap<String, KeyValue> keys = new TreeMap<>();
    private final SimCluster cluster;

    SimStore(SimCluster cluster) {
        this.cluster = cluster;
    }

    CommandResult apply(long session, Command command) {
        return switch (command.getKindCase()) {
            case PUT -> {
                String conflict = conflict(command.getPut());
                yield conflict != null
                        ? cluster.failed(ErrorCode.CONFLICT, conflict)
                        : result().setPut(put(session, command.getPut(), ++cluster.revision))
                                .setRevision(cluster.revision)
                                .build();
            }
            case DELETE ->
                result().setDelete(delete(command.getDelete(), ++cluster.revision))
                        .setRevision(cluster.revision)
                        .build();
            case COMPACT -> {
                cluster.watches.compact();
                yield cluster.done();
            }
            case TXN -> txn(session, command.getTxn());
            default -> throw new AssertionError(command.getKindCase());
        };
    }

    private static CommandResult.Builder result() {
        return CommandResult.newBuilder();
    }

    private @Nullable String conflict(Put put) {
        KeyValue before = keys.get(put.getKey().toStringUtf8());
        long version = before == null ? 0 : before.getVersion();
        return put.hasIfVersion() && put.getIfVersion() != version ? "version is " + version : null;
    }

    private PutResult put(long session, Put put, long revision) {
        String key = put.getKey().toStringUtf8();
        KeyValue before = keys.get(key);
        KeyValue after = KeyValue.newBuilder()
                .setKey(put.getKey())
                .setValue(put.getValue())
                .setCreateRevision(before == null ? revision : before.getCreateRevision())
                .setModRevision(revision)
                .setVersion(before == null ? 1 : before.getVersion() + 1)
                .setSessionId(put.getEphemeral() ? session : 0)
                .build();
        keys.put(key, after);
        cluster.watches.onPut(after);
        PutResult.Builder answer = PutResult.newBuilder().setVersion(after.getVersion());
        if (put.getReturnPrevious() && before != null) {
            answer.setPrevious(before);
        }
        return answer.build();
    }

    private DeleteResult delete(Delete delete, long revision) {
        List<KeyValue> gone = matching(delete.getKey(), delete.getPrefix());
        for (KeyValue entry : gone) {
            keys.remove(entry.getKey().toStringUtf8());
            cluster.watches.onDelete(entry.getKey(), revision);
        }
        DeleteResult.Builder answer = DeleteResult.newBuilder().setDeleted(gone.size());
        return delete.getReturnPrevious() ? answer.addAllPrevious(gone).build() : answer.build();
    }

    private List<KeyValue> matching(ByteString key, boolean prefix) {
        List<KeyValue> found = new ArrayList<>();
        for (KeyValue entry : keys.values()) {
            if (prefix ? entry.getKey().startsWith(key) : entry.getKey().equals(key)) {
                found.add(entry);
            }
        }
        return found;
    }

    private CommandResult txn(long session, Txn txn) {
        for (Guard guard : txn.getGuardsList()) {
            if (!holds(guard)) {
                return cluster.failed(ErrorCode.CONFLICT, "the guard does not hold: " + guard);
            }
        }
        boolean succeeded = txn.getComparesList().stream().allMatch(this::holds);
        List<TxnOperation> operations = succeeded ? txn.getThenList() : txn.getOtherwiseList();
        boolean writes = operations.stream().anyMatch(operation -> !operation.hasGet());
        long revision = writes ? ++cluster.revision : cluster.revision;
        TxnResult.Builder answer = TxnResult.newBuilder().setSucceeded(succeeded);
        operations.forEach(operation -> answer.addResults(run(session, operation, revision)));
        return result().setRevision(revision).setTxn(answer).build();
    }

    private TxnOperationResult run(long session, TxnOperation operation, long revision) {
        TxnOperationResult.Builder answer = TxnOperationResult.newBuilder();
        return switch (operation.getKindCase()) {
            case PUT ->
                answer.setPut(put(session, operation.getPut(), revision)).build();
            case DELETE ->
                answer.setDelete(delete(operation.getDelete(), revision)).build();
            case GET ->
                answer.setGet(ReadOperationResult.newBuilder()
                                .addAllEntries(matching(
                                        operation.getGet().getKey(),
                                        operation.getGet().getPrefix())))
                        .build();
            case KIND_NOT_SET -> throw new AssertionError("an operation without a kind");
        };
    }

    private boolean holds(Guard guard) {
        return switch (guard.getKindCase()) {
            case LOCK ->
                cluster.locks.isHolder(
                        guard.getLock().getName(), false, guard.getLock().getToken());
            case ELECTION ->
                cluster.locks.isHolder(
                        guard.getElection().getName(), true, guard.getElection().getToken());
            case SESSION_ALIVE -> cluster.alive(guard.getSessionAlive()) != null;
            case KIND_NOT_SET -> throw new AssertionError("a guard without a kind");
        };
    }

    private boolean holds(Compare compare) {
        KeyValue entry = keys.get(compare.getKey().toStringUtf8());
        return switch (compare.getTargetCase()) {
            case VERSION ->
                relates(Long.compare(entry == null ? 0 : entry.getVersion(), compare.getVersion()), compare);
            case CREATE_REVISION ->
                relates(
                        Long.compare(entry == null ? 0 : entry.getCreateRevision(), compare.getCreateRevision()),
                        compare);
            case MOD_REVISION ->
                relates(Long.compare(entry == null ? 0 : entry.getModRevision(), compare.getModRevision()), compare);
            case VALUE ->
                entry != null
                        && relates(
                                ByteString.unsignedLexicographicalComparator()
                                        .compare(entry.getValue(), compare.getValue()),
                                compare);
            case EXISTS -> (entry != null) == compare.getExists();
            case TARGET_NOT_SET -> throw new AssertionError("a compare without a target");
        };
    }

    private static boolean relates(int order, Compare compare) {
        return switch (compare.getRelation()) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case LESS -> order < 0;
            case GREATER -> order > 0;
            case UNRECOGNIZED -> throw new AssertionError("a compare without a relation");
        };
    }

    RangeResult range(RangeQuery query) {
        int limit = query.getLimit() == 0 ? 1_000 : query.getLimit();
        List<KeyValue> found = matching(query.getPrefix(), true);
        found.removeIf(entry -> !query.getAfter().isEmpty()
                && ByteString.unsignedLexicographicalComparator().compare(entry.getKey(), query.getAfter()) <= 0);
        RangeResult.Builder answer = RangeResult.newBuilder().setMore(found.size() > limit);
        for (KeyValue entry : found.subList(0, Math.min(limit, found.size()))) {
            answer.addEntries(
                    query.getKeysOnly() ? entry.toBuilder().clearValue().build() : entry);
        }
        return answer.build();
    }

    int count(ByteString prefix) {
        return matching(prefix, true).size();
    }
}
