package io.gavel.server.state.table;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The records of a table whose things have names: their keys, and their digest and size, kept as records come and go.
///
/// Key: table, name in UTF-8, 0 (names have no control characters), section, and in some sections a number, big endian.
/// So records sort by name, then by section, then by number.
public final class NamedRecords {
    private final TableId tableId;
    private final StateDigest digest = new StateDigest();
    private long bytes;

    public NamedRecords(TableId tableId) {
        this.tableId = tableId;
    }

    public StateDigest digest() {
        return digest;
    }

    public long bytes() {
        return bytes;
    }

    public void add(byte[] key, byte[] value) {
        digest.add(key, value);
        bytes += key.length + value.length;
    }

    public void remove(byte[] key, byte[] value) {
        digest.remove(key, value);
        bytes -= key.length + value.length;
    }

    public byte[] key(String name, byte section) {
        return begin(name, section, 0).array();
    }

    public byte[] key(String name, byte section, long number) {
        return begin(name, section, Long.BYTES).putLong(number).array();
    }

    private ByteBuffer begin(String name, byte section, int more) {
        byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(encoded.length + 3 + more)
                .put(tableId.code())
                .put(encoded)
                .put((byte) 0)
                .put(section);
    }

    public static String name(byte[] key) {
        return new String(key, 1, endOfName(key) - 1, StandardCharsets.UTF_8);
    }

    public static byte section(byte[] key) {
        return key[endOfName(key) + 1];
    }

    /// Of a key that has one.
    public static long number(byte[] key) {
        return ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
    }

    private static int endOfName(byte[] key) {
        int at = 1;
        while (key[at] != 0) {
            at++;
        }
        return at;
    }
}
