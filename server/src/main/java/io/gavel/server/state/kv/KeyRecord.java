package io.gavel.server.state.kv;

import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.state.table.KeyVersion;
import io.gavel.server.state.table.OwnedKeyVersion;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.TableId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The record of one version of one key, built in arrays that are used again and again. Confined to one thread.
///
/// Record key: table id, the key with every 0x00 written as 0x00 0xFF, 0x00 0x00, mod revision big endian: so records
/// are in key order and the versions of a key from oldest to newest. Record value: kind, create revision, version,
/// for owned versions session and deadline, then the value.
final class KeyRecord {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final byte TOMBSTONE = 0;
    private static final byte PLAIN = 1;
    private static final byte OWNED = 2;
    private static final int PLAIN_HEADER_BYTES = 17;
    private static final int OWNED_HEADER_BYTES = 33;
    private static final byte ESCAPED_ZERO = (byte) 0xff;

    private byte[] recordKey = new byte[256];
    private int recordKeyLength;
    private byte[] recordValue = new byte[1024];
    private int recordValueLength;

    /// Builds the record of this version.
    void encode(byte[] key, KeyVersion version) {
        encodeKey(key, version.modRevision());
        byte[] value = version.value();
        boolean owned = version instanceof OwnedKeyVersion;
        int header = owned ? OWNED_HEADER_BYTES : PLAIN_HEADER_BYTES;
        recordValueLength = header + (value == null ? 0 : value.length);
        if (recordValue.length < recordValueLength) {
            recordValue = new byte[Math.max(recordValueLength, recordValue.length * 2)];
        }
        recordValue[0] = value == null ? TOMBSTONE : owned ? OWNED : PLAIN;
        LONG.set(recordValue, 1, version.createRevision());
        LONG.set(recordValue, 9, version.version());
        if (owned) {
            LONG.set(recordValue, 17, version.sessionId());
            LONG.set(recordValue, 25, version.deadlineNanos());
        }
        if (value != null) {
            System.arraycopy(value, 0, recordValue, header, value.length);
        }
    }

    private void encodeKey(byte[] key, long modRevision) {
        int longest = 2 * key.length + 11;
        if (recordKey.length < longest) {
            recordKey = new byte[longest];
        }
        int at = 0;
        recordKey[at++] = TableId.KEY_VALUE.code();
        for (byte octet : key) {
            recordKey[at++] = octet;
            if (octet == 0) {
                recordKey[at++] = ESCAPED_ZERO;
            }
        }
        recordKey[at++] = 0;
        recordKey[at++] = 0;
        LONG.set(recordKey, at, modRevision);
        recordKeyLength = at + Long.BYTES;
    }

    void addTo(StateDigest digest) {
        digest.add(recordKey, recordKeyLength, recordValue, recordValueLength);
    }

    void removeFrom(StateDigest digest) {
        digest.remove(recordKey, recordKeyLength, recordValue, recordValueLength);
    }

    byte[] copyOfKey() {
        return Arrays.copyOf(recordKey, recordKeyLength);
    }

    byte[] copyOfValue() {
        return Arrays.copyOf(recordValue, recordValueLength);
    }

    /// The key that a record key names.
    static byte[] key(byte[] recordKey) {
        byte[] key = new byte[recordKey.length];
        int length = 0;
        for (int at = 1; at < recordKey.length - Long.BYTES - 2; at++) {
            key[length++] = recordKey[at];
            if (recordKey[at] == 0) {
                at++;
            }
        }
        return Arrays.copyOf(key, length);
    }

    /// The mod revision that a record key ends with.
    static long modRevision(byte[] recordKey) {
        return (long) LONG.get(recordKey, recordKey.length - Long.BYTES);
    }

    /// Whether the record is of a live version that does not end with a session.
    static boolean outlivesSessions(byte[] recordValue) {
        return switch (recordValue[0]) {
            case PLAIN -> true;
            case OWNED -> (long) LONG.get(recordValue, 17) == 0;
            default -> false;
        };
    }

    /// Whether two record keys are of the same key.
    static boolean isSameKey(byte[] first, byte[] second) {
        return Arrays.equals(first, 0, first.length - Long.BYTES, second, 0, second.length - Long.BYTES);
    }

    /// The version that a record holds.
    static KeyVersion version(byte[] recordKey, byte[] recordValue, @Nullable KeyVersion previous) {
        long modRevision = modRevision(recordKey);
        long createRevision = (long) LONG.get(recordValue, 1);
        long version = (long) LONG.get(recordValue, 9);
        return switch (recordValue[0]) {
            case TOMBSTONE -> new KeyVersion(createRevision, modRevision, version, null, previous);
            case PLAIN ->
                new KeyVersion(
                        createRevision, modRevision, version, valueFrom(recordValue, PLAIN_HEADER_BYTES), previous);
            case OWNED ->
                new OwnedKeyVersion(
                        new KeyVersion(
                                createRevision, modRevision, version, valueFrom(recordValue, OWNED_HEADER_BYTES), null),
                        previous,
                        (long) LONG.get(recordValue, 17),
                        (long) LONG.get(recordValue, 25));
            default -> throw new UnsupportedEntryException("unknown kind of key version " + recordValue[0]);
        };
    }

    private static byte[] valueFrom(byte[] recordValue, int header) {
        return Arrays.copyOfRange(recordValue, header, recordValue.length);
    }
}
