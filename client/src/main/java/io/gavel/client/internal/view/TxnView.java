package io.gavel.client.internal.view;

import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Encode;
import io.gavel.client.internal.wire.Limits;
import io.gavel.client.internal.wire.Wire;
import io.gavel.client.kv.Compare;
import io.gavel.client.kv.Guard;
import io.gavel.client.kv.Op;
import io.gavel.client.kv.OpResult;
import io.gavel.client.kv.Txn;
import io.gavel.client.kv.TxnResult;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.TxnOperationResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** One transaction being described. */
final class TxnView implements Txn {
    private final Context context;
    private final io.gavel.protocol.v1.Txn.Builder message = io.gavel.protocol.v1.Txn.newBuilder();
    private boolean committed;

    TxnView(Context context) {
        this.context = context;
    }

    @Override
    public Txn when(Compare... compares) {
        for (Compare compare : compares) {
            message.addCompares(Encode.compare(compare));
        }
        return this;
    }

    @Override
    public Txn when(Guard... guards) {
        message.addAllGuards(Wire.guards(Arrays.asList(guards)));
        return this;
    }

    @Override
    public Txn then(Op... operations) {
        for (Op operation : operations) {
            message.addThen(Encode.operation(operation));
        }
        return this;
    }

    @Override
    public Txn otherwise(Op... operations) {
        for (Op operation : operations) {
            message.addOtherwise(Encode.operation(operation));
        }
        return this;
    }

    @Override
    public TxnResult commit() {
        return call().await();
    }

    @Override
    public CompletableFuture<TxnResult> commitAsync() {
        return call().future();
    }

    private Call<TxnResult> call() {
        if (committed) {
            throw new IllegalStateException("a transaction is committed once");
        }
        Limits.operations(message.getComparesCount()
                + message.getGuardsCount()
                + message.getThenCount()
                + message.getOtherwiseCount());
        committed = true;
        return context.execute(Command.newBuilder().setTxn(message), TxnView::result);
    }

    private static TxnResult result(CommandResult result) {
        List<OpResult> results = new ArrayList<>(result.getTxn().getResultsCount());
        for (TxnOperationResult operation : result.getTxn().getResultsList()) {
            results.add(Decode.operation(result.getRevision(), operation));
        }
        return new TxnResult(
                result.getRevision(), result.getTxn().getSucceeded(), Collections.unmodifiableList(results));
    }
}
