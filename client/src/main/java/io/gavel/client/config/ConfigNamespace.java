package io.gavel.client.config;

import io.gavel.client.watch.Watch;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One namespace. Readers and watchers never see half a release. */
public interface ConfigNamespace {
    /** The namespace's name. */
    String name();

    /** The newest release; empty = nothing was ever published. */
    Optional<ConfigRelease> get();

    /** The newest release. */
    CompletableFuture<Optional<ConfigRelease>> getAsync();

    /** An older release. */
    Optional<ConfigRelease> get(long version);

    /** An older release. */
    CompletableFuture<Optional<ConfigRelease>> getAsync(long version);

    /**
     * Makes the next release.
     *
     * @return its version
     * @throws io.gavel.client.error.ConflictException if the expected version is not the newest
     * @throws io.gavel.client.error.InvalidArgumentException if the schema refuses the document
     */
    long publish(ConfigChanges changes);

    /** Makes the next release. */
    CompletableFuture<Long> publishAsync(ConfigChanges changes);

    /** Makes a new release with the content of an old one; {@code expectedVersion} -1 = no condition. */
    long rollback(long toVersion, long expectedVersion, String author, String message);

    /** As {@link #rollback}, as a future. */
    CompletableFuture<Long> rollbackAsync(long toVersion, long expectedVersion, String author, String message);

    /** Releases without entries, newest first; {@code beforeVersion} 0 = from the newest. */
    List<ConfigRelease> history(int limit, long beforeVersion);

    /** As {@link #history}, as a future. */
    CompletableFuture<List<ConfigRelease>> historyAsync(int limit, long beforeVersion);

    /** What changed between two releases; {@code toVersion} 0 = the newest. */
    ConfigDiff diff(long fromVersion, long toVersion);

    /** As {@link #diff}, as a future. */
    CompletableFuture<ConfigDiff> diffAsync(long fromVersion, long toVersion);

    /** The JSON Schema that releases must satisfy. */
    Optional<ConfigSchema> schema();

    /** As {@link #schema}, as a future. */
    CompletableFuture<Optional<ConfigSchema>> schemaAsync();

    /**
     * Sets the JSON Schema of the document; empty = none.
     *
     * @return the schema's version
     */
    long setSchema(String schema, String author);

    /** As {@link #setSchema}, as a future. */
    CompletableFuture<Long> setSchemaAsync(String schema, String author);

    /** The newest release first, then every release in order. */
    Watch<ConfigEvent> watch();

    /**
     * Keeps a record up to date with the newest release. Component names are keys; in a nested record, keys with the
     * component's name and a dot in front. A release that does not convert is reported and the last good value kept.
     * Blocks until the first value is there.
     *
     * @throws io.gavel.client.error.InvalidArgumentException if the present release does not convert
     */
    <T extends Record> LiveConfig<T> bind(Class<T> type);

    /** As {@link #bind}; completes with the first value, and {@code cancel} stops following. */
    <T extends Record> CompletableFuture<LiveConfig<T>> bindAsync(Class<T> type);
}
