package io.gavel.client.internal.view;

import io.gavel.client.config.ConfigChanges;
import io.gavel.client.config.ConfigDiff;
import io.gavel.client.config.ConfigEvent;
import io.gavel.client.config.ConfigNamespace;
import io.gavel.client.config.ConfigRelease;
import io.gavel.client.config.ConfigSchema;
import io.gavel.client.config.LiveConfig;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.NotFoundException;
import io.gavel.client.internal.core.WatchAgent;
import io.gavel.client.internal.runner.Operation;
import io.gavel.client.internal.wire.Decode;
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
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.RollbackConfig;
import io.gavel.protocol.v1.SchemaQuery;
import io.gavel.protocol.v1.SetSchema;
import io.gavel.protocol.v1.WatchRequest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

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
        return get(0);
    }

    @Override
    public Optional<ConfigRelease> get(long version) {
        return Found.orEmpty(() -> context.calls().await(query(version), ConfigNamespaceView::release))
                .filter(release -> release.version() > 0);
    }

    @Override
    public CompletableFuture<Optional<ConfigRelease>> getAsync() {
        return context.calls()
                .future(query(0), result -> Optional.of(release(result)).filter(found -> found.version() > 0))
                .exceptionally(ConfigNamespaceView::absent);
    }

    private static Optional<ConfigRelease> absent(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        if (cause instanceof NotFoundException) {
            return Optional.empty();
        }
        throw cause instanceof GavelException gavel ? gavel : new CompletionException(cause);
    }

    private Operation<QueryResult> query(long version) {
        return context.read(Query.newBuilder()
                .setConfig(ConfigQuery.newBuilder().setNamespace(name).setAtVersion(version)));
    }

    private static ConfigRelease release(QueryResult result) {
        return Decode.release(result.getConfig());
    }

    @Override
    public long publish(ConfigChanges changes) {
        return context.calls().await(publishOperation(changes), ConfigNamespaceView::version);
    }

    @Override
    public CompletableFuture<Long> publishAsync(ConfigChanges changes) {
        return context.calls().future(publishOperation(changes), ConfigNamespaceView::version);
    }

    private Operation<CommandResult> publishOperation(ConfigChanges changes) {
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
        return context.execute(Command.newBuilder().setPublishConfig(publish));
    }

    private static Long version(CommandResult result) {
        return result.getConfig().getVersion();
    }

    @Override
    public long rollback(long toVersion, long expectedVersion, String author, String message) {
        RollbackConfig.Builder rollback = RollbackConfig.newBuilder()
                .setNamespace(name)
                .setToVersion(toVersion)
                .setAuthor(author)
                .setMessage(message);
        if (expectedVersion >= 0) {
            rollback.setExpectedVersion(expectedVersion);
        }
        return context.calls()
                .await(context.execute(Command.newBuilder().setRollbackConfig(rollback)), ConfigNamespaceView::version);
    }

    @Override
    public List<ConfigRelease> history(int limit, long beforeVersion) {
        return context.calls()
                .await(
                        context.read(Query.newBuilder()
                                .setConfigHistory(ConfigHistoryQuery.newBuilder()
                                        .setNamespace(name)
                                        .setLimit(Limits.nonNegative("limit", limit))
                                        .setBeforeVersion(beforeVersion))),
                        (QueryResult result) ->
                                Decode.releases(result.getConfigHistory().getReleasesList()));
    }

    @Override
    public ConfigDiff diff(long fromVersion, long toVersion) {
        return context.calls()
                .await(
                        context.read(Query.newBuilder()
                                .setConfigDiff(ConfigDiffQuery.newBuilder()
                                        .setNamespace(name)
                                        .setFromVersion(fromVersion)
                                        .setToVersion(toVersion))),
                        (QueryResult result) -> Decode.diff(result.getConfigDiff()));
    }

    @Override
    public Optional<ConfigSchema> schema() {
        return Found.orEmpty(() -> context.calls()
                        .await(
                                context.read(Query.newBuilder()
                                        .setSchema(SchemaQuery.newBuilder().setNamespace(name))),
                                (QueryResult result) -> new ConfigSchema(
                                        name,
                                        result.getSchema().getSchema(),
                                        result.getSchema().getSchemaVersion())))
                .filter(schema -> schema.version() > 0 && !schema.schema().isEmpty());
    }

    @Override
    public long setSchema(String schema, String author) {
        return context.calls()
                .await(
                        context.execute(Command.newBuilder()
                                .setSetSchema(SetSchema.newBuilder()
                                        .setNamespace(name)
                                        .setSchema(schema)
                                        .setAuthor(author))),
                        (CommandResult result) -> result.getConfig().getSchemaVersion());
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
        return LiveConfigView.start(context, name, watch(), new RecordBinder<>(type));
    }
}
