package io.gavel.server.state.kv;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Put;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.KeyVersion;
import org.jspecify.annotations.Nullable;

/// One key's change as planned. Never compared.
///
/// @param value `null` = delete
/// @param slot where the key stands; `null` = nowhere yet, or not looked up for a delete
/// @param before the live version it replaces
@SuppressWarnings("ArrayRecordComponent")
record Write(
        byte[] key,
        @Nullable ByteString value,
        long sessionId,
        long deadlineNanos,
        VersionedStore.@Nullable Slot slot,
        @Nullable KeyVersion before) {
    private static final long NANOS_PER_MILLI = 1_000_000;

    static Write ofPut(byte[] key, Put put, VersionedStore.@Nullable Slot slot, ApplyContext context) {
        long deadlineNanos = put.getTtlMillis() == 0
                ? 0
                : context.nowNanos()
                        + put.getTtlMillis() * NANOS_PER_MILLI
                        + context.settings().getClockClampNanos();
        long sessionId = put.getEphemeral() ? context.sessionId() : 0;
        return new Write(key, put.getValue(), sessionId, deadlineNanos, slot, slot == null ? null : slot.live());
    }

    static Write ofDelete(byte[] key, KeyVersion before) {
        return new Write(key, null, 0, 0, null, before);
    }

    /// By how much the live state grows.
    long growthBytes() {
        long after = value == null ? 0 : (long) key.length + value.size() + VersionedStore.VERSION_OVERHEAD_BYTES;
        return after - (before == null ? 0 : VersionedStore.sizeOf(key, before));
    }
}
