package io.gavel.server.state.table;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gavel.protocol.v1.KeyValue;
import org.jspecify.annotations.Nullable;

/// One version of one key. Immutable but for the link to the version before it, which compaction cuts once no reader
/// can need it.
///
/// Written by the apply agent and read by any thread. A reader at revision R follows the links down to the first
/// version with `modRevision <= R` and never beyond, and pins R (or finds it compacted) before it starts: so it cannot
/// see a link that is being cut.
public sealed class KeyVersion permits OwnedKeyVersion {
    private final long createRevision;
    private final long modRevision;
    private final long version;
    private final byte @Nullable [] value;
    private @Nullable KeyVersion previous;

    /// A version with this value, or a tombstone if `value` is `null`.
    public KeyVersion(
            long createRevision,
            long modRevision,
            long version,
            byte @Nullable [] value,
            @Nullable KeyVersion previous) {
        this.createRevision = createRevision;
        this.modRevision = modRevision;
        this.version = version;
        this.value = value;
        this.previous = previous;
    }

    /// A tombstone: the key does not exist from `modRevision` on.
    public static KeyVersion tombstone(long modRevision, KeyVersion previous) {
        return new KeyVersion(0, modRevision, 0, null, previous);
    }

    /// The revision at which the key came into being.
    public final long createRevision() {
        return createRevision;
    }

    /// The revision that wrote this version.
    public final long modRevision() {
        return modRevision;
    }

    /// How many times the key has been written since it came into being; 0 for a tombstone.
    public final long version() {
        return version;
    }

    /// The shared value, not to be changed; `null` for a tombstone.
    public final byte @Nullable [] value() {
        return value;
    }

    public final boolean isTombstone() {
        return value == null;
    }

    /// The version before this one, unless it was compacted away.
    public final @Nullable KeyVersion previous() {
        return previous;
    }

    /// Forgets the versions before this one. Only the store's compaction calls it.
    public final void cutPrevious() {
        previous = null;
    }

    /// The session the key ends with; 0 = it is not ephemeral.
    public long sessionId() {
        return 0;
    }

    /// Replicated time at which the key ends; 0 = it has no time-to-live.
    public long deadlineNanos() {
        return 0;
    }

    /// The key as clients see it.
    ///
    /// @param nowNanos replicated time, for the time-to-live that remains
    public final KeyValue toKeyValue(byte[] key, boolean withValue, long nowNanos) {
        KeyValue.Builder builder = KeyValue.newBuilder()
                .setKey(UnsafeByteOperations.unsafeWrap(key))
                .setCreateRevision(createRevision)
                .setModRevision(modRevision)
                .setVersion(version)
                .setSessionId(sessionId());
        if (withValue) {
            builder.setValue(value == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(value));
        }
        if (deadlineNanos() != 0) {
            builder.setTtlRemainingMillis(Math.max(1, (deadlineNanos() - nowNanos) / 1_000_000));
        }
        return builder.build();
    }
}
