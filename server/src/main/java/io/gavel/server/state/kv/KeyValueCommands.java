package io.gavel.server.state.kv;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.DeleteResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.PutResult;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.ExpiryBudget;
import io.gavel.server.state.table.KeyVersion;
import io.gavel.server.state.table.StateEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Executes put, delete and transactions: each is checked and planned as a whole, then carried out by steps that cannot
/// fail (rule 34). Confined to the apply agent.
///
/// A command that changes keys takes one revision. A delete that finds nothing, a transaction that only reads and
/// everything refused take none.
public final class KeyValueCommands {
    private final VersionedStore store;
    private final KeyLimits limits;
    private final TransactionPlanner transactions;

    public KeyValueCommands(VersionedStore store) {
        this.store = store;
        this.limits = new KeyLimits(store);
        this.transactions = new TransactionPlanner(store, limits);
    }

    /// Executes a put, a delete or a transaction; the caller fills in the revision.
    public CommandResult.Builder execute(Command command, ApplyContext context) {
        return switch (command.getKindCase()) {
            case PUT -> put(command.getPut(), context);
            case DELETE -> delete(command.getDelete(), context);
            case TXN -> transactions.execute(command.getTxn(), context, this::carryOut);
            default -> throw new IllegalArgumentException("not a key-value command: " + command.getKindCase());
        };
    }

    private CommandResult.Builder put(Put put, ApplyContext context) {
        byte[] key = put.getKey().toByteArray();
        Write write = Write.ofPut(key, put, store.slot(key), context);
        KeyVersion before = write.before();
        Error refusal = limits.checkPut(put, before, context);
        if (refusal == null) {
            refusal = limits.checkGrowth(List.of(write), context);
        }
        PutResult.Builder result = resultOf(put, key, before, context.nowNanos());
        if (refusal == null && put.getReturnPrevious()) {
            refusal = limits.checkResult(result.build().getSerializedSize(), context);
        }
        if (refusal != null) {
            return CommandResult.newBuilder().setError(refusal);
        }
        carryOut(write, context);
        return CommandResult.newBuilder().setPut(result);
    }

    static PutResult.Builder resultOf(Put put, byte[] key, @Nullable KeyVersion before, long nowNanos) {
        PutResult.Builder result = PutResult.newBuilder().setVersion(before == null ? 1 : before.version() + 1);
        if (put.getReturnPrevious() && before != null) {
            result.setPrevious(before.toKeyValue(key, true, nowNanos));
        }
        return result;
    }

    private CommandResult.Builder delete(Delete delete, ApplyContext context) {
        List<Write> writes = new ArrayList<>();
        DeleteResult.Builder result = DeleteResult.newBuilder();
        Error refusal = planDelete(store, limits, delete, context, writes, result);
        if (refusal == null && delete.getReturnPrevious()) {
            refusal = limits.checkResult(result.build().getSerializedSize(), context);
        }
        if (refusal != null) {
            return CommandResult.newBuilder().setError(refusal);
        }
        for (Write write : writes) {
            carryOut(write, context);
        }
        return CommandResult.newBuilder().setDelete(result);
    }

    /// Adds what the delete would remove to `writes` and to `result`, or says why it may not.
    static @Nullable Error planDelete(
            VersionedStore store,
            KeyLimits limits,
            Delete delete,
            ApplyContext context,
            List<Write> writes,
            DeleteResult.Builder result) {
        byte[] key = delete.getKey().toByteArray();
        KeyVersion before = delete.getPrefix() ? null : store.live(key);
        Error refusal = limits.checkDelete(delete, before, context);
        if (refusal != null) {
            return refusal;
        }
        if (before != null) {
            addDelete(key, before, delete, context, writes, result);
        }
        if (delete.getPrefix()) {
            int most = context.settings().getMaxPrefixDeleteKeys();
            long[] resultBytes = new long[1];
            store.scan(KeyRange.ofPrefix(key), Long.MAX_VALUE, (found, version) -> {
                addDelete(found, version, delete, context, writes, result);
                resultBytes[0] += VersionedStore.contentBytes(found, version);
                return writes.size() <= most && (!delete.getReturnPrevious() || limits.mayFit(resultBytes[0], context));
            });
        }
        result.setDeleted(writes.size());
        return limits.checkDeleted(writes.size(), context);
    }

    private static void addDelete(
            byte[] key,
            KeyVersion version,
            Delete delete,
            ApplyContext context,
            List<Write> writes,
            DeleteResult.Builder result) {
        writes.add(Write.ofDelete(key, version));
        if (delete.getReturnPrevious()) {
            result.addPrevious(version.toKeyValue(key, true, context.nowNanos()));
        }
    }

    private void carryOut(Write write, ApplyContext context) {
        long revision = context.changeRevision();
        ByteString value = write.value();
        KeyVersion after =
                value == null ? store.delete(write.key(), revision) : store.put(write, value.toByteArray(), revision);
        context.publish(new StateEvent.KeyChanged(write.key(), after, write.before()));
    }

    // ---- what time and ended sessions remove

    /// Deletes the keys that end with the session, in key order, in the present change.
    public void deleteKeysOf(long sessionId, ApplyContext context) {
        for (byte[] key : store.ephemeralKeys().of(sessionId)) {
            deleteExisting(key, context);
        }
    }

    /// Deletes keys whose time-to-live is over, in the order (deadline, key), each in a change of its own.
    public void deleteDueKeys(ApplyContext context, ExpiryBudget budget) {
        while (store.deadlines().isAnyDue(context.nowNanos()) && budget.takeOne()) {
            context.nextChange();
            deleteExisting(store.deadlines().first(), context);
        }
    }

    /// Whether any key has a time-to-live.
    public boolean anythingCanExpire() {
        return !store.deadlines().isEmpty();
    }

    private void deleteExisting(byte[] key, ApplyContext context) {
        KeyVersion before = store.live(key);
        KeyVersion tombstone = store.delete(key, context.changeRevision());
        context.publish(new StateEvent.KeyChanged(key, tombstone, before));
    }
}
