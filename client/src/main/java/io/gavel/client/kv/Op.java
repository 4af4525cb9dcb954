package io.gavel.client.kv;

import io.gavel.client.Bytes;

/** One operation of a transaction. */
public sealed interface Op {
    /** Writes a key. */
    record Put(Bytes key, Bytes value, PutOptions options) implements Op {}

    /** Deletes a key, or a prefix. */
    record Delete(Bytes key, DeleteOptions options) implements Op {}

    /**
     * Reads a key, or a prefix.
     *
     * @param limit entries at most, for a prefix; 0 = 128
     */
    record Get(Bytes key, boolean prefix, int limit) implements Op {}

    /** Writes text. */
    static Op put(String key, String value) {
        return new Put(Bytes.utf8(key), Bytes.utf8(value), PutOptions.DEFAULT);
    }

    /** Deletes one key. */
    static Op delete(String key) {
        return new Delete(Bytes.utf8(key), DeleteOptions.DEFAULT);
    }

    /** Reads one key. */
    static Op get(String key) {
        return new Get(Bytes.utf8(key), false, 0);
    }
}
