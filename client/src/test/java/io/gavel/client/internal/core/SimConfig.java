package io.gavel.client.internal.core;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ConfigChange;
import io.gavel.protocol.v1.ConfigDiff;
import io.gavel.protocol.v1.ConfigDiffQuery;
import io.gavel.protocol.v1.ConfigHistory;
import io.gavel.protocol.v1.ConfigHistoryQuery;
import io.gavel.protocol.v1.ConfigList;
import io.gavel.protocol.v1.ConfigListQuery;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.ConfigResult;
import io.gavel.protocol.v1.ConfigSchema;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.RollbackConfig;
import io.gavel.protocol.v1.SetSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Configuration of the model. Its only schema language: a document must have the key that the schema names. */
final class SimConfig {
    private final SimCluster cluster;
    private final TreeMap<String, List<ConfigRelease>> releases = new TreeMap<>();
    private final Map<String, ConfigSchema> schemas = new LinkedHashMap<>();

    SimConfig(SimCluster cluster) {
        this.cluster = cluster;
    }

    private List<ConfigRelease> history(String namespace) {
        List<ConfigRelease> known = releases.get(namespace);
        return known == null ? List.of() : known;
    }

    CommandResult publish(PublishConfig publish) {
        List<ConfigRelease> history = history(publish.getNamespace());
        if (publish.hasExpectedVersion() && publish.getExpectedVersion() != history.size()) {
            return cluster.failed(ErrorCode.CONFLICT, "version is " + history.size());
        }
        Map<String, String> entries = new LinkedHashMap<>();
        if (!publish.getReplace() && !history.isEmpty()) {
            entries.putAll(history.get(history.size() - 1).getEntriesMap());
        }
        entries.putAll(publish.getSetMap());
        publish.getDeleteList().forEach(entries::remove);
        String required = schema(publish.getNamespace()).getSchema();
        if (!required.isEmpty() && !entries.containsKey(required)) {
            return cluster.failed(ErrorCode.INVALID_ARGUMENT, required + " is missing");
        }
        return add(publish.getNamespace(), entries, publish.getAuthor(), publish.getMessage());
    }

    CommandResult rollback(RollbackConfig rollback) {
        List<ConfigRelease> history = history(rollback.getNamespace());
        ConfigRelease target = get(rollback.getNamespace(), rollback.getToVersion());
        if (target == null) {
            return cluster.failed(ErrorCode.NOT_FOUND, "no version " + rollback.getToVersion());
        }
        if (rollback.hasExpectedVersion() && rollback.getExpectedVersion() != history.size()) {
            return cluster.failed(ErrorCode.CONFLICT, "version is " + history.size());
        }
        return add(rollback.getNamespace(), target.getEntriesMap(), rollback.getAuthor(), rollback.getMessage());
    }

    private CommandResult add(String namespace, Map<String, String> entries, String author, String message) {
        List<ConfigRelease> history = releases.computeIfAbsent(namespace, name -> new ArrayList<>());
        ConfigRelease release = ConfigRelease.newBuilder()
                .setNamespace(namespace)
                .setVersion(history.size() + 1)
                .putAllEntries(entries)
                .setAuthor(author)
                .setMessage(message)
                .setRevision(++cluster.revision)
                .setSchemaVersion(schema(namespace).getSchemaVersion())
                .build();
        history.add(release);
        cluster.watches.onRelease(release);
        return CommandResult.newBuilder()
                .setRevision(cluster.revision)
                .setConfig(ConfigResult.newBuilder().setVersion(release.getVersion()))
                .build();
    }

    CommandResult setSchema(SetSchema set) {
        ConfigSchema next = schema(set.getNamespace()).toBuilder()
                .setSchema(set.getSchema())
                .setSchemaVersion(schema(set.getNamespace()).getSchemaVersion() + 1)
                .build();
        schemas.put(set.getNamespace(), next);
        return CommandResult.newBuilder()
                .setRevision(++cluster.revision)
                .setConfig(ConfigResult.newBuilder().setSchemaVersion(next.getSchemaVersion()))
                .build();
    }

    ConfigSchema schema(String namespace) {
        ConfigSchema known = schemas.get(namespace);
        return known == null ? ConfigSchema.newBuilder().setNamespace(namespace).build() : known;
    }

    /** {@code version} 0 = the newest; null = there is none. */
    @Nullable
    ConfigRelease get(String namespace, long version) {
        List<ConfigRelease> history = history(namespace);
        long wanted = version == 0 ? history.size() : version;
        return wanted < 1 || wanted > history.size() ? null : history.get((int) wanted - 1);
    }

    ConfigHistory history(ConfigHistoryQuery query) {
        ConfigHistory.Builder answer = ConfigHistory.newBuilder().setNamespace(query.getNamespace());
        List<ConfigRelease> history = history(query.getNamespace());
        for (int i = history.size() - 1; i >= 0 && answer.getReleasesCount() < query.getLimit(); i--) {
            if (query.getBeforeVersion() == 0 || history.get(i).getVersion() < query.getBeforeVersion()) {
                answer.addReleases(history.get(i).toBuilder().clearEntries());
            }
        }
        return answer.build();
    }

    ConfigList list(ConfigListQuery query) {
        ConfigList.Builder answer = ConfigList.newBuilder();
        releases.forEach((name, history) -> {
            if (name.startsWith(query.getPrefix())
                    && name.compareTo(query.getAfter()) > 0
                    && answer.getNamespacesCount() < query.getLimit()) {
                answer.addNamespaces(history.get(history.size() - 1).toBuilder().clearEntries());
            }
        });
        return answer.build();
    }

    @Nullable
    ConfigDiff diff(ConfigDiffQuery query) {
        ConfigRelease from = get(query.getNamespace(), query.getFromVersion());
        ConfigRelease to = get(query.getNamespace(), query.getToVersion());
        if (from == null || to == null) {
            return null;
        }
        ConfigDiff.Builder answer = ConfigDiff.newBuilder();
        to.getEntriesMap().forEach((key, value) -> {
            String before = from.getEntriesMap().get(key);
            if (before == null) {
                answer.putAdded(key, value);
            } else if (!before.equals(value)) {
                answer.addChanged(
                        ConfigChange.newBuilder().setKey(key).setBefore(before).setAfter(value));
            }
        });
        from.getEntriesMap().forEach((key, value) -> {
            if (!to.containsEntries(key)) {
                answer.putRemoved(key, value);
            }
        });
        return answer.build();
    }
}
