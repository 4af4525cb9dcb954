package io.gavel.server.state.config;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.server.entry.v1.ConfigEntryRecord;
import io.gavel.server.entry.v1.ConfigNamespaceRecord;
import io.gavel.server.entry.v1.ConfigReleaseRecord;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The records of the config catalog: their bytes, their digest and their size.
///
/// Key: table, namespace, 0, then 0 for the namespace itself or 1 and the version (big endian) for a release.
final class ConfigRecords {
    private static final byte NAMESPACE = 0;
    private static final byte RELEASE = 1;

    private final StateDigest digest = new StateDigest();
    private long bytes;

    StateDigest digest() {
        return digest;
    }

    long bytes() {
        return bytes;
    }

    void add(Namespace namespace) {
        add(key(namespace), value(namespace));
    }

    void remove(Namespace namespace) {
        remove(key(namespace), value(namespace));
    }

    void add(ConfigRelease release) {
        add(key(release), value(release));
    }

    void remove(ConfigRelease release) {
        remove(key(release), value(release));
    }

    private void add(byte[] key, byte[] value) {
        digest.add(key, value);
        bytes += key.length + value.length;
    }

    private void remove(byte[] key, byte[] value) {
        digest.remove(key, value);
        bytes -= key.length + value.length;
    }

    void write(Namespace namespace, RecordSink sink) throws IOException {
        sink.put(key(namespace), value(namespace));
        for (ConfigRelease release : namespace.releases.values()) {
            sink.put(key(release), value(release));
        }
    }

    static String name(byte[] key) {
        return new String(key, 1, endOfName(key) - 1, StandardCharsets.UTF_8);
    }

    static boolean isNamespace(byte[] key) {
        return key[endOfName(key) + 1] == NAMESPACE;
    }

    static Namespace readNamespace(byte[] key, byte[] value) throws InvalidProtocolBufferException {
        ConfigNamespaceRecord record = ConfigNamespaceRecord.parseFrom(value);
        Namespace namespace = new Namespace(name(key));
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
                .setNamespace(name(key))
                .setVersion(ByteBuffer.wrap(key).getLong(key.length - Long.BYTES))
                .putAllEntries(entries)
                .setAuthor(record.getAuthor())
                .setMessage(record.getMessage())
                .setRevision(record.getRevision())
                .setSchemaVersion(record.getSchemaVersion())
                .build();
    }

    private static int endOfName(byte[] key) {
        int at = 1;
        while (key[at] != 0) {
            at++;
        }
        return at;
    }

    private static byte[] key(Namespace namespace) {
        byte[] name = namespace.name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(name.length + 3)
                .put(TableId.CONFIG.code())
                .put(name)
                .put((byte) 0)
                .put(NAMESPACE)
                .array();
    }

    private static byte[] key(ConfigRelease release) {
        byte[] name = release.getNamespace().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(name.length + 11)
                .put(TableId.CONFIG.code())
                .put(name)
                .put((byte) 0)
                .put(RELEASE)
                .putLong(release.getVersion())
                .array();
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
