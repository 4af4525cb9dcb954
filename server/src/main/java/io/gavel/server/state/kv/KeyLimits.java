package io.gavel.server.state.kv;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Put;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.KeyVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Says why a change of keys may not be made; changes nothing. Each refusal names field, limit and value.
final class KeyLimits {
    private final VersionedStore store;

    KeyLimits(VersionedStore store) {
        this.store = store;
    }

    @Nullable
    Error checkPut(Put put, @Nullable KeyVersion before, ApplyContext context) {
        ClusterSettings settings = context.settings();
        Error refusal = checkKey("put.key", put.getKey(), settings);
        if (refusal != null) {
            return refusal;
        }
        if (put.getValue().size() > settings.getMaxValueBytes()) {
            return Refusals.tooLarge(
                    "put.value", settings.getMaxValueBytes(), put.getValue().size());
        }
        if (Long.compareUnsigned(put.getTtlMillis(), settings.getMaxTtlMillis()) > 0) {
            return Refusals.tooLarge("put.ttl_millis", settings.getMaxTtlMillis(), put.getTtlMillis());
        }
        if (put.getEphemeral() && context.sessionId() == 0) {
            return Refusals.invalid("put.ephemeral", "a session", "none", "an ephemeral key needs a session");
        }
        return checkConditions(
                put.getKey(),
                before,
                put.hasIfVersion() ? put.getIfVersion() : null,
                put.hasIfModRevision() ? put.getIfModRevision() : null);
    }

    @Nullable
    Error checkDelete(Delete delete, @Nullable KeyVersion before, ApplyContext context) {
        if (delete.getPrefix()) {
            if (delete.hasIfVersion() || delete.hasIfModRevision()) {
                return Refusals.invalid(
                        "delete.prefix",
                        "no conditions",
                        "true",
                        "a prefix delete takes no if_version or if_mod_revision");
            }
            return delete.getKey().size() <= context.settings().getMaxKeyBytes()
                    ? null
                    : Refusals.tooLarge(
                            "delete.key",
                            context.settings().getMaxKeyBytes(),
                            delete.getKey().size());
        }
        Error refusal = checkKey("delete.key", delete.getKey(), context.settings());
        return refusal != null
                ? refusal
                : checkConditions(
                        delete.getKey(),
                        before,
                        delete.hasIfVersion() ? delete.getIfVersion() : null,
                        delete.hasIfModRevision() ? delete.getIfModRevision() : null);
    }

    static @Nullable Error checkKey(String field, ByteString key, ClusterSettings settings) {
        if (key.isEmpty()) {
            return Refusals.invalid(field, "1", 0, field + " is empty");
        }
        return key.size() <= settings.getMaxKeyBytes()
                ? null
                : Refusals.tooLarge(field, settings.getMaxKeyBytes(), key.size());
    }

    private static @Nullable Error checkConditions(
            ByteString key, @Nullable KeyVersion before, @Nullable Long ifVersion, @Nullable Long ifModRevision) {
        long version = before == null ? 0 : before.version();
        long modRevision = before == null ? 0 : before.modRevision();
        boolean holds =
                (ifVersion == null || ifVersion == version) && (ifModRevision == null || ifModRevision == modRevision);
        return holds ? null : conflict("the key is at version " + version, key, before);
    }

    static Error conflict(String message, ByteString key, @Nullable KeyVersion now) {
        return Refusals.conflict(message)
                .setField(key.isValidUtf8() ? key.toStringUtf8() : "")
                .setCurrentVersion(now == null ? 0 : now.version())
                .setCurrentModRevision(now == null ? 0 : now.modRevision())
                .build();
    }

    /// Quotas of the whole state and of the command's session.
    @Nullable
    Error checkGrowth(List<Write> writes, ApplyContext context) {
        long growthBytes = 0;
        int newEphemeral = 0;
        for (Write write : writes) {
            growthBytes += write.growthBytes();
            if (write.sessionId() != 0) {
                newEphemeral++;
            }
            if (context.sessionId() != 0
                    && write.before() != null
                    && write.before().sessionId() == context.sessionId()) {
                newEphemeral--;
            }
        }
        if (newEphemeral > 0) {
            long keys = (long) store.ephemeralKeys().count(context.sessionId()) + newEphemeral;
            int most = context.settings().getMaxKeysPerSession();
            if (keys > most) {
                return Refusals.overQuota("ephemeral keys of the session", most, keys);
            }
        }
        return context.checkGrowth(growthBytes);
    }

    /// A result too large to be stored is refused before any effect (rule 33).
    @Nullable
    Error checkResult(long bytes, ApplyContext context) {
        return mayFit(bytes, context)
                ? null
                : Refusals.tooLarge("result bytes", context.settings().getMaxResultBytes(), bytes);
    }

    /// How much one entry may delete by prefix, so that no entry holds up the ones behind it.
    @Nullable
    Error checkDeleted(int keys, ApplyContext context) {
        int most = context.settings().getMaxPrefixDeleteKeys();
        return keys <= most ? null : Refusals.tooLarge("keys deleted by prefix", most, keys);
    }

    boolean mayFit(long bytes, ApplyContext context) {
        return bytes <= context.settings().getMaxResultBytes();
    }
}
