package io.gavel.server.state.kv;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Compare;
import io.gavel.protocol.v1.DeleteResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.ReadOperation;
import io.gavel.protocol.v1.ReadOperationResult;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import io.gavel.protocol.v1.TxnOperationResult;
import io.gavel.protocol.v1.TxnResult;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.KeyVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Executes transactions. Guards first: one that fails refuses the whole command. The compares choose a branch; the
/// branch is planned to its last byte of result, and only then carried out, all at one revision.
///
/// Every read and every condition of a transaction sees the state before it, so the order of operations in a branch
/// matters to nobody; that is why a branch may change a key once only.
final class TransactionPlanner {
    /// Entries of a read operation that sets no limit.
    private static final int DEFAULT_READ_ENTRIES = 128;

    private final VersionedStore store;
    private final KeyLimits limits;

    TransactionPlanner(VersionedStore store, KeyLimits limits) {
        this.store = store;
        this.limits = limits;
    }

    CommandResult.Builder execute(Txn txn, ApplyContext context, BiConsumer<Write, ApplyContext> carryOut) {
        Error refusal = checkShape(txn, context);
        if (refusal == null) {
            refusal = context.checkGuards(txn.getGuardsList());
        }
        if (refusal != null) {
            return CommandResult.newBuilder().setError(refusal);
        }
        boolean succeeded = txn.getComparesList().stream().allMatch(this::holds);
        Branch branch = new Branch(context);
        refusal = branch.plan(succeeded ? txn.getThenList() : txn.getOtherwiseList());
        if (refusal != null) {
            return CommandResult.newBuilder().setError(refusal);
        }
        for (Write write : branch.writes) {
            carryOut.accept(write, context);
        }
        return CommandResult.newBuilder().setTxn(branch.result.setSucceeded(succeeded));
    }

    private static @Nullable Error checkShape(Txn txn, ApplyContext context) {
        int most = context.settings().getMaxTxnOperations();
        int size = txn.getComparesCount() + txn.getGuardsCount() + txn.getThenCount() + txn.getOtherwiseCount();
        if (size > most) {
            return Refusals.tooLarge("txn operations", most, size);
        }
        for (Compare compare : txn.getComparesList()) {
            Error refusal = checkCompare(compare, context);
            if (refusal != null) {
                return refusal;
            }
        }
        Error refusal = checkOperations("txn.then", txn.getThenList(), context);
        return refusal != null ? refusal : checkOperations("txn.otherwise", txn.getOtherwiseList(), context);
    }

    private static @Nullable Error checkCompare(Compare compare, ApplyContext context) {
        if (compare.getRelation() == Compare.Relation.UNRECOGNIZED) {
            throw new UnsupportedEntryException("unknown relation " + compare.getRelationValue());
        }
        boolean ordered =
                compare.getRelation() == Compare.Relation.LESS || compare.getRelation() == Compare.Relation.GREATER;
        return switch (compare.getTargetCase()) {
            case TARGET_NOT_SET ->
                missing("txn.compares.target", compare.getUnknownFields().isEmpty());
            case EXISTS ->
                ordered
                        ? Refusals.invalid(
                                "txn.compares.relation",
                                "EQUAL, NOT_EQUAL",
                                compare.getRelation(),
                                "existence has no order")
                        : KeyLimits.checkKey("txn.compares.key", compare.getKey(), context.settings());
            case VERSION, CREATE_REVISION, MOD_REVISION, VALUE ->
                KeyLimits.checkKey("txn.compares.key", compare.getKey(), context.settings());
        };
    }

    private static @Nullable Error checkOperations(String field, List<TxnOperation> operations, ApplyContext context) {
        NavigableSet<byte[]> changed = new TreeSet<>(Arrays::compareUnsigned);
        List<byte[]> prefixes = new ArrayList<>();
        for (TxnOperation operation : operations) {
            switch (operation.getKindCase()) {
                case PUT -> {
                    if (!changed.add(operation.getPut().getKey().toByteArray())) {
                        return duplicate(field, operation.getPut().getKey());
                    }
                }
                case DELETE -> {
                    byte[] key = operation.getDelete().getKey().toByteArray();
                    if (operation.getDelete().getPrefix()) {
                        prefixes.add(key);
                    } else if (!changed.add(key)) {
                        return duplicate(field, operation.getDelete().getKey());
                    }
                }
                case GET -> {
                    Error refusal = checkRead(operation.getGet(), context);
                    if (refusal != null) {
                        return refusal;
                    }
                }
                case KIND_NOT_SET -> {
                    return missing(field, operation.getUnknownFields().isEmpty());
                }
            }
        }
        return checkPrefixes(field, prefixes, changed);
    }

    private static @Nullable Error checkPrefixes(String field, List<byte[]> prefixes, NavigableSet<byte[]> changed) {
        for (int i = 0; i < prefixes.size(); i++) {
            KeyRange range = KeyRange.ofPrefix(prefixes.get(i));
            byte[] next = changed.ceiling(prefixes.get(i));
            if (next != null && range.contains(next)) {
                return duplicate(field, ByteString.copyFrom(next));
            }
            for (int j = 0; j < prefixes.size(); j++) {
                if (i != j && range.contains(prefixes.get(j))) {
                    return duplicate(field, ByteString.copyFrom(prefixes.get(j)));
                }
            }
        }
        return null;
    }

    private static @Nullable Error checkRead(ReadOperation read, ApplyContext context) {
        if (Integer.compareUnsigned(read.getLimit(), RequestLimits.RANGE_ENTRIES) > 0) {
            return Refusals.tooLarge(
                    "txn.get.limit", RequestLimits.RANGE_ENTRIES, Integer.toUnsignedLong(read.getLimit()));
        }
        return read.getPrefix() && read.getKey().isEmpty()
                ? null
                : KeyLimits.checkKey("txn.get.key", read.getKey(), context.settings());
    }

    private static Error duplicate(String field, ByteString key) {
        String shown = key.isValidUtf8() ? key.toStringUtf8() : key.toString();
        return Refusals.invalid(field, "1", shown, "a branch may change a key once only: " + shown);
    }

    /// A variant that is not set is a mistake; one that this version does not know must halt it, never be skipped.
    private static Error missing(String field, boolean nothingUnknown) {
        if (!nothingUnknown) {
            throw new UnsupportedEntryException("unknown variant of " + field);
        }
        return Refusals.invalid(field, "one variant", "none", field + " is empty");
    }

    private boolean holds(Compare compare) {
        KeyVersion now = store.live(compare.getKey().toByteArray());
        return switch (compare.getTargetCase()) {
            case VERSION ->
                relates(compare, Long.compareUnsigned(now == null ? 0 : now.version(), compare.getVersion()));
            case CREATE_REVISION ->
                relates(
                        compare,
                        Long.compareUnsigned(now == null ? 0 : now.createRevision(), compare.getCreateRevision()));
            case MOD_REVISION ->
                relates(compare, Long.compareUnsigned(now == null ? 0 : now.modRevision(), compare.getModRevision()));
            case EXISTS -> relates(compare, Boolean.compare(now != null, compare.getExists()));
            case VALUE -> holdsForValue(compare, now);
            case TARGET_NOT_SET -> false;
        };
    }

    /// No relation but "not equal" holds between a value and a key that does not exist.
    private static boolean holdsForValue(Compare compare, @Nullable KeyVersion now) {
        byte[] value = now == null ? null : now.value();
        return value == null
                ? compare.getRelation() == Compare.Relation.NOT_EQUAL
                : relates(
                        compare,
                        Arrays.compareUnsigned(value, compare.getValue().toByteArray()));
    }

    private static boolean relates(Compare compare, int order) {
        return switch (compare.getRelation()) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case LESS -> order < 0;
            case GREATER -> order > 0;
            case UNRECOGNIZED -> throw new UnsupportedEntryException("unknown relation " + compare.getRelationValue());
        };
    }

    /// One branch on its way from operations to writes and results.
    private final class Branch {
        private final ApplyContext context;
        private final List<Write> writes = new ArrayList<>();
        private final TxnResult.Builder result = TxnResult.newBuilder();
        private long resultBytes;

        Branch(ApplyContext context) {
            this.context = context;
        }

        @Nullable
        Error plan(List<TxnOperation> operations) {
            for (TxnOperation operation : operations) {
                TxnOperationResult.Builder step = TxnOperationResult.newBuilder();
                Error refusal = plan(operation, step);
                if (refusal == null) {
                    TxnOperationResult done = step.build();
                    resultBytes += done.getSerializedSize();
                    refusal = limits.checkResult(resultBytes, context);
                    result.addResults(done);
                }
                if (refusal != null) {
                    return refusal;
                }
            }
            Error refusal = limits.checkResult(result.build().getSerializedSize(), context);
            return refusal != null ? refusal : limits.checkGrowth(writes, context);
        }

        private @Nullable Error plan(TxnOperation operation, TxnOperationResult.Builder step) {
            return switch (operation.getKindCase()) {
                case PUT -> planPut(operation.getPut(), step);
                case DELETE -> {
                    DeleteResult.Builder deleted = DeleteResult.newBuilder();
                    List<Write> removed = new ArrayList<>();
                    Error refusal = KeyValueCommands.planDelete(
                            store, limits, operation.getDelete(), context, removed, deleted);
                    writes.addAll(removed);
                    step.setDelete(deleted);
                    yield refusal != null ? refusal : limits.checkDeleted(writes.size(), context);
                }
                case GET -> {
                    step.setGet(read(operation.getGet()));
                    yield null;
                }
                case KIND_NOT_SET -> missing("txn", operation.getUnknownFields().isEmpty());
            };
        }

        private @Nullable Error planPut(Put put, TxnOperationResult.Builder step) {
            byte[] key = put.getKey().toByteArray();
            Write write = Write.ofPut(key, put, store.slot(key), context);
            KeyVersion before = write.before();
            writes.add(write);
            step.setPut(KeyValueCommands.resultOf(put, key, before, context.nowNanos()));
            return limits.checkPut(put, before, context);
        }

        private ReadOperationResult.Builder read(ReadOperation read) {
            ReadOperationResult.Builder found = ReadOperationResult.newBuilder();
            byte[] key = read.getKey().toByteArray();
            if (!read.getPrefix()) {
                KeyVersion version = store.live(key);
                return version == null ? found : found.addEntries(version.toKeyValue(key, true, context.nowNanos()));
            }
            int limit = read.getLimit() == 0 ? DEFAULT_READ_ENTRIES : read.getLimit();
            long[] bytes = new long[1];
            store.scan(KeyRange.ofPrefix(key), Long.MAX_VALUE, (each, version) -> {
                if (found.getEntriesCount() == limit) {
                    found.setMore(true);
                    return false;
                }
                found.addEntries(version.toKeyValue(each, true, context.nowNanos()));
                bytes[0] += VersionedStore.contentBytes(each, version);
                return limits.mayFit(bytes[0], context);
            });
            return found;
        }
    }
}
