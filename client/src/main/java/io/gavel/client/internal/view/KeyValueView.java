package io.gavel.client.internal.view;

import io.gavel.client.Bytes;
import io.gavel.client.ReadPolicy;
import io.gavel.client.internal.core.WatchAgent;
import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Encode;
import io.gavel.client.internal.wire.Limits;
import io.gavel.client.internal.wire.Wire;
import io.gavel.client.kv.CountResult;
import io.gavel.client.kv.DeleteOptions;
import io.gavel.client.kv.DeleteResult;
import io.gavel.client.kv.Entry;
import io.gavel.client.kv.GetResult;
import io.gavel.client.kv.KeyValue;
import io.gavel.client.kv.PutOptions;
import io.gavel.client.kv.PutResult;
import io.gavel.client.kv.RangeOptions;
import io.gavel.client.kv.RangeResult;
import io.gavel.client.kv.ReadOptions;
import io.gavel.client.kv.Txn;
import io.gavel.client.watch.Watch;
import io.gavel.client.watch.WatchEvent;
import io.gavel.client.watch.WatchOptions;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Compact;
import io.gavel.protocol.v1.Consistency;
import io.gavel.protocol.v1.CountQuery;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.KeyWatch;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.WatchRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Keys and values. */
final class KeyValueView implements KeyValue {
    private final Context context;

    KeyValueView(Context context) {
        this.context = context;
    }

    @Override
    public GetResult get(Bytes key, ReadOptions options) {
        return getCall(key, options).await();
    }

    @Override
    public CompletableFuture<GetResult> getAsync(Bytes key, ReadOptions options) {
        return getCall(key, options).future();
    }

    private Call<GetResult> getCall(Bytes key, ReadOptions options) {
        Limits.key(key);
        return context.read(
                query(options)
                        .setGet(GetQuery.newBuilder().setKey(Wire.bytes(key)).setAtRevision(options.atRevision())),
                KeyValueView::getResult);
    }

    private static GetResult getResult(QueryResult result) {
        @Nullable
        Entry entry = result.getGet().hasEntry() ? Decode.entry(result.getGet().getEntry()) : null;
        return new GetResult(result.getRevision(), maxAge(result), entry);
    }

    @Override
    public RangeResult range(Bytes prefix, RangeOptions options) {
        return rangeCall(prefix, options).await();
    }

    @Override
    public CompletableFuture<RangeResult> rangeAsync(Bytes prefix, RangeOptions options) {
        return rangeCall(prefix, options).future();
    }

    private Call<RangeResult> rangeCall(Bytes prefix, RangeOptions options) {
        return context.read(
                query(options.read())
                        .setRange(RangeQuery.newBuilder()
                                .setPrefix(Wire.bytes(prefix))
                                .setAfter(Wire.bytes(options.after()))
                                .setLimit(Limits.nonNegative("limit", options.limit()))
                                .setKeysOnly(options.keysOnly())
                                .setAtRevision(options.read().atRevision())),
                KeyValueView::rangeResult);
    }

    private static RangeResult rangeResult(QueryResult result) {
        return new RangeResult(
                result.getRevision(),
                maxAge(result),
                Decode.entries(result.getRange().getEntriesList()),
                result.getRange().getMore());
    }

    @Override
    public CountResult count(Bytes prefix, ReadOptions options) {
        return countCall(prefix, options).await();
    }

    @Override
    public CompletableFuture<CountResult> countAsync(Bytes prefix, ReadOptions options) {
        return countCall(prefix, options).future();
    }

    private Call<CountResult> countCall(Bytes prefix, ReadOptions options) {
        return context.read(
                query(options)
                        .setCount(CountQuery.newBuilder()
                                .setPrefix(Wire.bytes(prefix))
                                .setAtRevision(options.atRevision())),
                KeyValueView::countResult);
    }

    private static CountResult countResult(QueryResult result) {
        return new CountResult(
                result.getRevision(), maxAge(result), result.getCount().getCount());
    }

    @Override
    public PutResult put(Bytes key, Bytes value, PutOptions options) {
        return putCall(key, value, options).await();
    }

    @Override
    public CompletableFuture<PutResult> putAsync(Bytes key, Bytes value, PutOptions options) {
        return putCall(key, value, options).future();
    }

    private Call<PutResult> putCall(Bytes key, Bytes value, PutOptions options) {
        return context.execute(Command.newBuilder().setPut(Encode.put(key, value, options)), KeyValueView::putResult);
    }

    private static PutResult putResult(CommandResult result) {
        return Decode.put(result.getRevision(), result.getPut());
    }

    @Override
    public DeleteResult delete(Bytes key, DeleteOptions options) {
        return deleteCall(key, options).await();
    }

    @Override
    public CompletableFuture<DeleteResult> deleteAsync(Bytes key, DeleteOptions options) {
        return deleteCall(key, options).future();
    }

    private Call<DeleteResult> deleteCall(Bytes key, DeleteOptions options) {
        return context.execute(Command.newBuilder().setDelete(Encode.delete(key, options)), KeyValueView::deleteResult);
    }

    private static DeleteResult deleteResult(CommandResult result) {
        return Decode.delete(result.getRevision(), result.getDelete());
    }

    @Override
    public Txn txn() {
        return new TxnView(context);
    }

    @Override
    public void compact(long revision) {
        compactCall(revision).await();
    }

    @Override
    public CompletableFuture<Void> compactAsync(long revision) {
        return compactCall(revision).completion();
    }

    private Call<Long> compactCall(long revision) {
        return context.execute(
                Command.newBuilder().setCompact(Compact.newBuilder().setRevision(revision)),
                CommandResult::getRevision);
    }

    @Override
    public Watch<WatchEvent> watch(Bytes key, WatchOptions options) {
        if (!options.isPrefix()) {
            Limits.key(key);
        }
        WatchRequest request = WatchRequest.newBuilder()
                .setKeys(KeyWatch.newBuilder().setKey(Wire.bytes(key)).setPrefix(options.isPrefix()))
                .setFromRevision(options.fromRevision())
                .setIncarnation(options.incarnation())
                .setPreviousValues(options.previousValues())
                .build();
        WatchView<WatchEvent> view = new WatchView<>(context.calls());
        view.start(context.core(), new WatchAgent<>(request, new KeyWatchDecoder(), view));
        return view;
    }

    private static Query.Builder query(ReadOptions options) {
        return Query.newBuilder()
                .setConsistency(options.policy() == ReadPolicy.STALE ? Consistency.STALE : Consistency.LINEARIZABLE)
                .setNotBeforeRevision(options.notBefore());
    }

    private static Duration maxAge(QueryResult result) {
        return Duration.ofMillis(result.getMaxAgeMillis());
    }
}
