package io.gavel.server.state.config;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.server.entry.v1.ConfigEntryRecord;
import io.gavel.server.entry.v1.ConfigNamespaceRecord;
import io.gavel.server.entry.v1.ConfigReleaseRecord;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.state.table.NamedRecords;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The records of the config catalog, see [NamedRecords]: a section for the namespace itself, and one for its releases
/// by version.
final class ConfigRecords {
    private static final byte NAMESPACE = 0;
    private static final byte RELEASE = 1;

    private final NamedRecords records = new NamedRecords(TableId.CONFIG);

    StateDigest digest() {
        return records.digest();
    }

    long bytes() {
        return records.bytes();
    }

    void add(Namespace namespace) {
        records.add(key(namespace), value(namespace));
    }

    void remove(Namespace namespace) {
        records.remove(key(namespace), value(namespace));
    }

    void add(ConfigRelease release) {
        records.add(key(release), value(release));
    }

    void remove(ConfigRelease release) {
        records.remove(key(release), value(release));
    }

    void write(Namespace namespace, RecordSink sink) throws IOException {
        sink.put(key(namespace), value(namespace));
        for (ConfigRelease release : namespace.releases.values()) {
            sink.put(key(release), value(release));
        }
    }

    static boolean isNamespace(byte[] key) {
        return NamedRecords.section(key) == NAMESPACE;
    }

    static Namespace readNamespace(byte[] key, byte[] value) throws InvalidProtocolBufferException {
        ConfigNamespaceRecord record = ConfigNamespaceRecord.parseFrom(value);
        Namespace namespace = new Namespace(NamedRecords.name(key));
        namespace.restoreSchema(record.getLastSchemaVersion(), record.getSchema());
        return namespace;
    }

    /// Reads a release; strings that `before` has too are taken from there.
    static ConfigRelease readRelease(byte[] key, byte[] value, @Nullable ConfigRelease before)
            throws InvalidProtocolBufferException {
        ConfigReleaseRecord record = ConfigReleaseRecord.parseFrom(value);
        TreeMap<String, String> entries = new TreeMap<>();
        for (ConfigEntryRecord entry : record.getEntriesList()) {
            String known = before == null ? null : before.getEntriesMap().get(entry.getKey());
            entries.put(entry.getKey(), entry.getValue().equals(known) ? known : entry.getValue());
        }
        return ConfigRelease.newBuilder()
                .setNamespace(NamedRecords.name(key))
                .setVersion(NamedRecords.number(key))
                .putAllEntries(entries)
                .setAuthor(record.getAuthor())
                .setMessage(record.getMessage())
                .setRevision(record.getRevision())
                .setSchemaVersion(record.getSchemaVersion())
                .build();
    }

    private byte[] key(Namespace namespace) {
        return records.key(namespace.name, NAMESPACE);
    }

    private byte[] key(ConfigRelease release) {
        return records.key(release.getNamespace(), RELEASE, release.getVersion());
    }

    private static byte[] value(Namespace namespace) {
        return ConfigNamespaceRecord.newBuilder()
                .setLastSchemaVersion(namespace.lastSchemaVersion())
                .setSchema(namespace.schema())
                .build()
                .toByteArray();
    }

    private static byte[] value(ConfigRelease release) {
        ConfigReleaseRecord.Builder record = ConfigReleaseRecord.newBuilder()
                .setAuthor(release.getAuthor())
                .setMessage(release.getMessage())
                .setRevision(release.getRevision())
                .setSchemaVersion(release.getSchemaVersion());
        for (Map.Entry<String, String> entry : new TreeMap<>(release.getEntriesMap()).entrySet()) {
            record.addEntries(
                    ConfigEntryRecord.newBuilder().setKey(entry.getKey()).setValue(entry.getValue()));
        }
        return record.build().toByteArray();
    }
}
