package io.gavel.server.state.config;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.ConfigResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.RollbackConfig;
import io.gavel.protocol.v1.SchemaCheck;
import io.gavel.protocol.v1.SetSchema;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.CommandTable;
import io.gavel.server.state.table.NamedRecords;
import io.gavel.server.state.table.ReadContext;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Namespaces and their releases. A release is made whole in one entry at one revision, so nobody sees half of it; a
/// rollback is a new release with the document of an old one.
///
/// Documents are checked against a schema before they are proposed, never here (rule 32): a command carries the schema
/// version it was checked against, and a new schema carries the release it was checked with. Either that still is the
/// version in force, or the command is refused with `CONFLICT`. Confined to the apply agent.
public final class ConfigCatalog implements CommandTable {
    private static final long ENTRY_OVERHEAD_BYTES = 8;
    private static final long RELEASE_OVERHEAD_BYTES = 128;

    private final TreeMap<String, Namespace> namespaces = new TreeMap<>();
    private final ConfigRecords records = new ConfigRecords();
    private final ConfigQueries queries = new ConfigQueries(namespaces);

    /// Who makes a release, why, and what was checked beforehand.
    private record Draft(
            String namespace, @Nullable Long expectedVersion, long schemaVersion, String author, String message) {}

    @Override
    public CommandResult.Builder execute(Command command, ApplyContext context) {
        SchemaCheck check = command.getSchemaCheck();
        if (check.hasRefusal()) {
            return refused(check.getRefusal());
        }
        return switch (command.getKindCase()) {
            case PUBLISH_CONFIG -> publish(command.getPublishConfig(), check, context);
            case ROLLBACK_CONFIG -> rollBack(command.getRollbackConfig(), check, context);
            case SET_SCHEMA -> setSchema(command.getSetSchema(), check, context);
            default -> throw new IllegalArgumentException("not a command of config: " + command.getKindCase());
        };
    }

    private CommandResult.Builder publish(PublishConfig publish, SchemaCheck check, ApplyContext context) {
        Error error = ConfigLimits.checkPublish(publish, context.settings());
        error = error != null ? error : context.checkGuards(publish.getGuardsList());
        if (error != null) {
            return refused(error);
        }
        Draft draft = new Draft(
                publish.getNamespace(),
                publish.hasExpectedVersion() ? publish.getExpectedVersion() : null,
                check.getSchemaVersion(),
                publish.getAuthor(),
                publish.getMessage());
        Namespace namespace = namespaces.get(draft.namespace());
        ConfigRelease newest = namespace == null ? null : namespace.newest();
        long version = newest == null ? 0 : newest.getVersion();
        boolean checkedWithNewest = check.getSchemaVersion() != 0 && !publish.getReplace();
        if (checkedWithNewest && check.getDocumentVersion() != version) {
            return refused(conflict(
                    "document_version", check.getDocumentVersion(), version, "newest release of " + draft.namespace()));
        }
        TreeMap<String, String> entries = new TreeMap<>();
        if (newest != null && !publish.getReplace()) {
            entries.putAll(newest.getEntriesMap());
        }
        entries.putAll(publish.getSetMap());
        publish.getDeleteList().forEach(entries::remove);
        return release(namespace, draft, entries, context);
    }

    private CommandResult.Builder rollBack(RollbackConfig rollback, SchemaCheck check, ApplyContext context) {
        Error error = ConfigLimits.checkNamespace(rollback.getNamespace());
        error = error != null ? error : ConfigLimits.checkWords(rollback.getAuthor(), rollback.getMessage());
        if (error != null) {
            return refused(error);
        }
        Namespace namespace = namespaces.get(rollback.getNamespace());
        if (namespace == null || namespace.releases.isEmpty()) {
            return refused(Refusals.notFound("namespace", rollback.getNamespace()));
        }
        ConfigRelease target = namespace.releases.get(rollback.getToVersion());
        if (target == null) {
            return refused(ConfigQueries.noSuchVersion(namespace, rollback.getToVersion()));
        }
        Draft draft = new Draft(
                rollback.getNamespace(),
                rollback.hasExpectedVersion() ? rollback.getExpectedVersion() : null,
                check.getSchemaVersion(),
                rollback.getAuthor(),
                rollback.getMessage());
        return release(namespace, draft, new TreeMap<>(target.getEntriesMap()), context);
    }

    private CommandResult.Builder release(
            @Nullable Namespace existing, Draft draft, Map<String, String> entries, ApplyContext context) {
        long version = existing == null ? 0 : existing.version();
        long schemaVersion = existing == null ? 0 : existing.schemaVersion();
        long bytes = sizeOf(entries);
        Error error = checkVersions(draft, version, schemaVersion);
        if (error == null && bytes > context.settings().getMaxConfigBytes()) {
            error = Refusals.tooLarge("release", context.settings().getMaxConfigBytes(), bytes);
        }
        error = error != null ? error : context.checkGrowth(bytes + RELEASE_OVERHEAD_BYTES);
        if (error != null) {
            return refused(error);
        }
        Namespace namespace = existing != null ? existing : open(draft.namespace());
        ConfigRelease release = ConfigRelease.newBuilder()
                .setNamespace(namespace.name)
                .setVersion(version + 1)
                .putAllEntries(entries)
                .setAuthor(draft.author())
                .setMessage(draft.message())
                .setRevision(context.changeRevision())
                .setSchemaVersion(schemaVersion)
                .build();
        namespace.releases.put(release.getVersion(), release);
        records.add(release);
        retain(namespace, Math.max(1, context.settings().getMaxConfigReleases()));
        context.publish(new StateEvent.ConfigReleased(release));
        return result(namespace);
    }

    private static @Nullable Error checkVersions(Draft draft, long version, long schemaVersion) {
        Long expected = draft.expectedVersion();
        if (expected != null && expected != version) {
            return conflict("expected_version", expected, version, "newest release of " + draft.namespace());
        }
        return draft.schemaVersion() == schemaVersion
                ? null
                : conflict("schema_version", draft.schemaVersion(), schemaVersion, "schema of " + draft.namespace());
    }

    private CommandResult.Builder setSchema(SetSchema set, SchemaCheck check, ApplyContext context) {
        Error error = ConfigLimits.checkNamespace(set.getNamespace());
        error = error != null ? error : ConfigLimits.checkWords(set.getAuthor(), "");
        error = error != null ? error : ConfigLimits.checkBytes("schema", set.getSchema(), RequestLimits.SCHEMA_BYTES);
        Namespace existing = namespaces.get(set.getNamespace());
        long version = existing == null ? 0 : existing.version();
        if (error == null && check.getDocumentVersion() != version) {
            error = conflict(
                    "document_version", check.getDocumentVersion(), version, "newest release of " + set.getNamespace());
        }
        error = error != null ? error : context.checkGrowth(set.getSchema().length() + RELEASE_OVERHEAD_BYTES);
        if (error != null) {
            return refused(error);
        }
        context.changeRevision();
        Namespace namespace = existing != null ? existing : open(set.getNamespace());
        records.remove(namespace);
        namespace.setSchema(set.getSchema());
        records.add(namespace);
        return result(namespace);
    }

    private Namespace open(String name) {
        Namespace namespace = new Namespace(name);
        namespaces.put(name, namespace);
        records.add(namespace);
        return namespace;
    }

    private void retain(Namespace namespace, int releases) {
        while (namespace.releases.size() > releases) {
            records.remove(namespace.releases.pollFirstEntry().getValue());
        }
    }

    private static long sizeOf(Map<String, String> entries) {
        long bytes = 0;
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            bytes += utf8Bytes(entry.getKey()) + utf8Bytes(entry.getValue()) + ENTRY_OVERHEAD_BYTES;
        }
        return bytes;
    }

    private static int utf8Bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static Error conflict(String field, long asked, long current, String what) {
        return Refusals.conflict("the " + what + " is version " + current + ", not " + asked)
                .setField(field)
                .setValue(Long.toUnsignedString(asked))
                .setCurrentVersion(current)
                .setHint("read it again and decide anew")
                .build();
    }

    private static CommandResult.Builder refused(Error error) {
        return CommandResult.newBuilder().setError(error);
    }

    private static CommandResult.Builder result(Namespace namespace) {
        return CommandResult.newBuilder()
                .setConfig(ConfigResult.newBuilder()
                        .setVersion(namespace.version())
                        .setSchemaVersion(namespace.schemaVersion()));
    }

    @Override
    public QueryResult.Builder read(Query query, ReadContext context) {
        return queries.read(query);
    }

    /// The newest release of every namespace that has one, by name.
    public List<ConfigRelease> newestReleases() {
        List<ConfigRelease> newest = new ArrayList<>();
        for (Namespace namespace : namespaces.values()) {
            ConfigRelease release = namespace.newest();
            if (release != null) {
                newest.add(release);
            }
        }
        return newest;
    }

    @Override
    public TableId tableId() {
        return TableId.CONFIG;
    }

    @Override
    public StateDigest digest() {
        return records.digest();
    }

    @Override
    public long stateBytes() {
        return records.bytes();
    }

    @Override
    public void writeTo(RecordSink sink) throws IOException {
        for (Namespace namespace : namespaces.values()) {
            records.write(namespace, sink);
        }
    }

    @Override
    public void readRecord(byte[] key, byte[] value) {
        try {
            if (ConfigRecords.isNamespace(key)) {
                Namespace namespace = ConfigRecords.readNamespace(key, value);
                namespaces.put(namespace.name, namespace);
                records.add(namespace);
                return;
            }
            Namespace namespace = namespaces.get(NamedRecords.name(key));
            if (namespace == null) {
                throw new IllegalArgumentException("release of unknown namespace " + NamedRecords.name(key));
            }
            ConfigRelease release = ConfigRecords.readRelease(key, value, namespace.newest());
            namespace.releases.put(release.getVersion(), release);
            records.add(release);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("damaged record of table " + TableId.CONFIG, e);
        }
    }
}
