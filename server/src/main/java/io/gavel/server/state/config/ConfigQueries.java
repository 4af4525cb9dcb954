package io.gavel.server.state.config;

import io.gavel.protocol.v1.ConfigChange;
import io.gavel.protocol.v1.ConfigDiff;
import io.gavel.protocol.v1.ConfigDiffQuery;
import io.gavel.protocol.v1.ConfigHistory;
import io.gavel.protocol.v1.ConfigHistoryQuery;
import io.gavel.protocol.v1.ConfigList;
import io.gavel.protocol.v1.ConfigListQuery;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.ConfigSchema;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;

/// Answers what clients ask of the config catalog.
final class ConfigQueries {
    static final int DEFAULT_LIMIT = 100;

    private final NavigableMap<String, Namespace> namespaces;

    ConfigQueries(NavigableMap<String, Namespace> namespaces) {
        this.namespaces = namespaces;
    }

    QueryResult.Builder read(Query query) {
        return switch (query.getKindCase()) {
            case CONFIG ->
                withReleases(
                        query.getConfig().getNamespace(),
                        namespace -> get(namespace, query.getConfig().getAtVersion()));
            case CONFIG_HISTORY ->
                withReleases(
                        query.getConfigHistory().getNamespace(),
                        namespace -> history(namespace, query.getConfigHistory()));
            case CONFIG_DIFF ->
                withReleases(query.getConfigDiff().getNamespace(), namespace -> diff(namespace, query.getConfigDiff()));
            case CONFIG_LIST -> list(query.getConfigList());
            case SCHEMA -> schema(query.getSchema().getNamespace());
            default -> throw new IllegalArgumentException("not a query of config: " + query.getKindCase());
        };
    }

    private QueryResult.Builder withReleases(String name, Function<Namespace, QueryResult.Builder> read) {
        Namespace namespace = namespaces.get(name);
        return namespace == null || namespace.releases.isEmpty()
                ? refused(Refusals.notFound("namespace", name))
                : read.apply(namespace);
    }

    private static QueryResult.Builder get(Namespace namespace, long atVersion) {
        ConfigRelease release = namespace.releases.get(atVersion == 0 ? namespace.version() : atVersion);
        return release == null
                ? refused(noSuchVersion(namespace, atVersion))
                : QueryResult.newBuilder().setConfig(release);
    }

    private static QueryResult.Builder history(Namespace namespace, ConfigHistoryQuery query) {
        ConfigHistory.Builder history = ConfigHistory.newBuilder().setNamespace(namespace.name);
        NavigableMap<Long, ConfigRelease> before = query.getBeforeVersion() == 0
                ? namespace.releases
                : namespace.releases.headMap(query.getBeforeVersion(), false);
        int limit = limit(query.getLimit());
        for (ConfigRelease release : before.descendingMap().values()) {
            if (history.getReleasesCount() == limit) {
                history.setMore(true);
                break;
            }
            history.addReleases(withoutEntries(release));
        }
        return QueryResult.newBuilder().setConfigHistory(history);
    }

    /// From 0, everything is added.
    private static QueryResult.Builder diff(Namespace namespace, ConfigDiffQuery query) {
        long toVersion = query.getToVersion() == 0 ? namespace.version() : query.getToVersion();
        ConfigRelease from = query.getFromVersion() == 0
                ? ConfigRelease.getDefaultInstance()
                : namespace.releases.get(query.getFromVersion());
        ConfigRelease to = namespace.releases.get(toVersion);
        if (from == null || to == null) {
            return refused(noSuchVersion(namespace, from == null ? query.getFromVersion() : toVersion));
        }
        ConfigDiff.Builder diff = ConfigDiff.newBuilder();
        Map<String, String> before = from.getEntriesMap();
        Map<String, String> after = to.getEntriesMap();
        new TreeMap<>(after).forEach((key, value) -> {
            String old = before.get(key);
            if (old == null) {
                diff.putAdded(key, value);
            } else if (!old.equals(value)) {
                diff.addChanged(
                        ConfigChange.newBuilder().setKey(key).setBefore(old).setAfter(value));
            }
        });
        new TreeMap<>(before).forEach((key, value) -> {
            if (!after.containsKey(key)) {
                diff.putRemoved(key, value);
            }
        });
        return QueryResult.newBuilder().setConfigDiff(diff);
    }

    private QueryResult.Builder list(ConfigListQuery query) {
        ConfigList.Builder list = ConfigList.newBuilder();
        boolean fromPrefix = query.getPrefix().compareTo(query.getAfter()) > 0;
        int limit = limit(query.getLimit());
        for (Namespace namespace : namespaces
                .tailMap(fromPrefix ? query.getPrefix() : query.getAfter(), fromPrefix)
                .values()) {
            if (!namespace.name.startsWith(query.getPrefix())) {
                break;
            }
            if (list.getNamespacesCount() == limit) {
                list.setMore(true);
                break;
            }
            ConfigRelease newest = namespace.newest();
            list.addNamespaces(
                    newest == null
                            ? ConfigRelease.newBuilder()
                                    .setNamespace(namespace.name)
                                    .setSchemaVersion(namespace.schemaVersion())
                                    .build()
                            : withoutEntries(newest));
        }
        return QueryResult.newBuilder().setConfigList(list);
    }

    private QueryResult.Builder schema(String name) {
        Namespace namespace = namespaces.get(name);
        return namespace == null
                ? refused(Refusals.notFound("namespace", name))
                : QueryResult.newBuilder()
                        .setSchema(ConfigSchema.newBuilder()
                                .setNamespace(name)
                                .setSchema(namespace.schema())
                                .setSchemaVersion(namespace.schemaVersion()));
    }

    static Error noSuchVersion(Namespace namespace, long version) {
        return Refusals.notFound("release", namespace.name + " version " + Long.toUnsignedString(version)).toBuilder()
                .setCurrentVersion(namespace.version())
                .setHint("versions " + namespace.releases.firstKey() + " to " + namespace.version() + " are kept")
                .build();
    }

    private static ConfigRelease withoutEntries(ConfigRelease release) {
        return ConfigRelease.newBuilder()
                .setNamespace(release.getNamespace())
                .setVersion(release.getVersion())
                .setAuthor(release.getAuthor())
                .setMessage(release.getMessage())
                .setRevision(release.getRevision())
                .setSchemaVersion(release.getSchemaVersion())
                .build();
    }

    private static int limit(int asked) {
        return asked <= 0 ? DEFAULT_LIMIT : Math.min(asked, RequestLimits.LIST_ENTRIES);
    }

    private static QueryResult.Builder refused(Error error) {
        return QueryResult.newBuilder().setError(error);
    }
}
