package io.gavel.client.internal.view;

import io.gavel.client.config.ConfigChanges;
import io.gavel.client.config.ConfigDiff;
import io.gavel.client.config.ConfigEvent;
import io.gavel.client.config.ConfigNamespace;
import io.gavel.client.config.ConfigRelease;
import io.gavel.client.config.ConfigSchema;
import io.gavel.client.config.LiveConfig;
import io.gavel.client.internal.core.WatchAgent;
import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Errors;
import io.gavel.client.internal.wire.Limits;
import io.gavel.client.internal.wire.RecordBinder;
import io.gavel.client.internal.wire.Wire;
import io.gavel.client.watch.Watch;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ConfigDiffQuery;
import io.gavel.protocol.v1.ConfigHistoryQuery;
import io.gavel.protocol.v1.ConfigQuery;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.RollbackConfig;
import io.gavel.protocol.v1.SchemaQuery;
import io.gavel.protocol.v1.SetSchema;
import io.gavel.protocol.v1.WatchRequest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One namespace. */
final class ConfigNamespaceView implements ConfigNamespace {
    private final Context context;
    private final String name;

    ConfigNamespaceView(Context context, String name) {
        this.context = context;
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Optional<ConfigRelease> get() {
        return getCall(0).await();
    }

    @Override
    public CompletableFuture<Optional<ConfigRelease>> getAsync() {
        return getCall(0).future();
    }

    @Override
    public Optional<ConfigRelease> get(long version) {
        return getCall(version).await();
    }

    @Override
    public CompletableFuture<Optional<ConfigRelease>> getAsync(long version) {
        return getCall(version).future();
    }

    private Call<Optional<ConfigRelease>> getCall(long version) {
        return context.read(
                        Query.newBuilder()
                                .setConfig(ConfigQuery.newBuilder()
                                        .setNamespace(name)
                                        .setAtVersion(version)),
                        result -> Decode.release(result.getConfig()))
                .orEmpty()
                .map(found -> found.filter(release -> release.version() > 0));
    }

    @Override
    public long publish(ConfigChanges changes) {
        return publishCall(changes).await();
    }

    @Override
    public CompletableFuture<Long> publishAsync(ConfigChanges changes) {
        return publishCall(changes).future();
    }

    private Call<Long> publishCall(ConfigChanges changes) {
        PublishConfig.Builder publish = PublishConfig.newBuilder()
                .setNamespace(name)
                .putAllSet(changes.set())
                .addAllDelete(changes.delete())
                .setReplace(changes.replace())
                .setAuthor(changes.author())
                .setMessage(changes.message())
                .addAllGuards(Wire.guards(changes.guards()));
        if (changes.expectedVersion() >= 0) {
            publish.setExpectedVersion(changes.expectedVersion());
        }
        return context.execute(Command.newBuilder().setPublishConfig(publish), ConfigNamespaceView::version);
    }

    private static Long version(CommandResult result) {
        return result.getConfig().getVersion();
    }

    @Override
    public long rollback(long toVersion, long expectedVersion, String author, String message) {
        return rollbackCall(toVersion, expectedVersion, author, message).await();
    }

    @Override
    public CompletableFuture<Long> rollbackAsync(long toVersion, long expectedVersion, String author, String message) {
        return rollbackCall(toVersion, expectedVersion, author, message).future();
    }

    private Call<Long> rollbackCall(long toVersion, long expectedVersion, String author, String message) {
        Limits.require(toVersion >= 1, "toVersion", "at least 1", String.valueOf(toVersion));
        Limits.optional("expectedVersion", expectedVersion);
        RollbackConfig.Builder rollback = RollbackConfig.newBuilder()
                .setNamespace(name)
                .setToVersion(toVersion)
                .setAuthor(author)
                .setMessage(message);
        if (expectedVersion >= 0) {
            rollback.setExpectedVersion(expectedVersion);
        }
        return context.execute(Command.newBuilder().setRollbackConfig(rollback), ConfigNamespaceView::version);
    }

    @Override
    public List<ConfigRelease> history(int limit, long beforeVersion) {
        return historyCall(limit, beforeVersion).await();
    }

    @Override
    public CompletableFuture<List<ConfigRelease>> historyAsync(int limit, long beforeVersion) {
        return historyCall(limit, beforeVersion).future();
    }

    private Call<List<ConfigRelease>> historyCall(int limit, long beforeVersion) {
        return context.read(
                Query.newBuilder()
                        .setConfigHistory(ConfigHistoryQuery.newBuilder()
                                .setNamespace(name)
                                .setLimit(Limits.nonNegative("limit", limit))
                                .setBeforeVersion(beforeVersion)),
                result -> Decode.releases(result.getConfigHistory().getReleasesList()));
    }

    @Override
    public ConfigDiff diff(long fromVersion, long toVersion) {
        return diffCall(fromVersion, toVersion).await();
    }

    @Override
    public CompletableFuture<ConfigDiff> diffAsync(long fromVersion, long toVersion) {
        return diffCall(fromVersion, toVersion).future();
    }

    private Call<ConfigDiff> diffCall(long fromVersion, long toVersion) {
        return context.read(
                Query.newBuilder()
                        .setConfigDiff(ConfigDiffQuery.newBuilder()
                                .setNamespace(name)
                                .setFromVersion(fromVersion)
                                .setToVersion(toVersion)),
                result -> Decode.diff(result.getConfigDiff()));
    }

    @Override
    public Optional<ConfigSchema> schema() {
        return schemaCall().await();
    }

    @Override
    public CompletableFuture<Optional<ConfigSchema>> schemaAsync() {
        return schemaCall().future();
    }

    private Call<Optional<ConfigSchema>> schemaCall() {
        return context.read(
                        Query.newBuilder().setSchema(SchemaQuery.newBuilder().setNamespace(name)),
                        result -> new ConfigSchema(
                                name,
                                result.getSchema().getSchema(),
                                result.getSchema().getSchemaVersion()))
                .orEmpty()
                .map(found -> found.filter(
                        schema -> schema.version() > 0 && !schema.schema().isEmpty()));
    }

    @Override
    public long setSchema(String schema, String author) {
        return setSchemaCall(schema, author).await();
    }

    @Override
    public CompletableFuture<Long> setSchemaAsync(String schema, String author) {
        return setSchemaCall(schema, author).future();
    }

    private Call<Long> setSchemaCall(String schema, String author) {
        return context.execute(
                Command.newBuilder()
                        .setSetSchema(SetSchema.newBuilder()
                                .setNamespace(name)
                                .setSchema(schema)
                                .setAuthor(author)),
                result -> result.getConfig().getSchemaVersion());
    }

    @Override
    public Watch<ConfigEvent> watch() {
        WatchView<ConfigEvent> view = new WatchView<>(context.calls());
        WatchRequest request =
                WatchRequest.newBuilder().setConfigNamespace(name).build();
        view.start(context.core(), new WatchAgent<>(request, new ConfigEventDecoder(), view));
        return view;
    }

    @Override
    public <T extends Record> LiveConfig<T> bind(Class<T> type) {
        CompletableFuture<LiveConfig<T>> bound = bindAsync(type);
        try {
            return context.calls().get(bound);
        } catch (InterruptedException e) {
            bound.cancel(false);
            throw Errors.interrupted("interrupted while waiting for the first value");
        }
    }

    @Override
    public <T extends Record> CompletableFuture<LiveConfig<T>> bindAsync(Class<T> type) {
        return LiveConfigView.start(context, name, watch(), new RecordBinder<>(type));
    }
}
