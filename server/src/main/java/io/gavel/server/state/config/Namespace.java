package io.gavel.server.state.config;

import io.gavel.protocol.v1.ConfigRelease;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One versioned document: its retained releases and its schema.
///
/// Invariant: the retained versions are consecutive. A schema's version is never used for another schema, so a document
/// that was checked against a schema of this version was checked against this schema.
final class Namespace {
    final String name;
    /// By version. Unchanged strings are shared between releases.
    final NavigableMap<Long, ConfigRelease> releases = new TreeMap<>();

    private long lastSchemaVersion;
    private String schema = "";

    Namespace(String name) {
        this.name = name;
    }

    @Nullable
    ConfigRelease newest() {
        return releases.isEmpty() ? null : releases.lastEntry().getValue();
    }

    /// 0 = there is no release yet.
    long version() {
        return releases.isEmpty() ? 0 : releases.lastKey();
    }

    /// 0 = there is no schema.
    long schemaVersion() {
        return schema.isEmpty() ? 0 : lastSchemaVersion;
    }

    long lastSchemaVersion() {
        return lastSchemaVersion;
    }

    String schema() {
        return schema;
    }

    /// Replaces the schema; empty = none.
    void setSchema(String newSchema) {
        lastSchemaVersion += newSchema.isEmpty() ? 0 : 1;
        schema = newSchema;
    }

    void restoreSchema(long version, String restored) {
        lastSchemaVersion = version;
        schema = restored;
    }
}
