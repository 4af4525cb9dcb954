package io.gavel.server.snapshot;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/// The key under which a part of a record's value lies in a table.
///
/// A zero byte of the record's key becomes 00 FF, then comes 00 00, then the part's number in four bytes. So parts
/// sort by key first, in the order of the keys, and by number second.
final class PartKey {
    private static final int SUFFIX_BYTES = 6;

    private PartKey() {}

    static byte[] encode(byte[] key, int part) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(key.length + SUFFIX_BYTES);
        for (byte b : key) {
            out.write(b);
            if (b == 0) {
                out.write(0xFF);
            }
        }
        out.write(0);
        out.write(0);
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.write(part >>> shift);
        }
        return out.toByteArray();
    }

    /// The record's key. Throws `IllegalArgumentException` for bytes that [#encode] does not make.
    static byte[] key(byte[] encoded) {
        int end = encoded.length - SUFFIX_BYTES;
        if (end < 0 || encoded[end] != 0 || encoded[end + 1] != 0) {
            throw new IllegalArgumentException("no end of key");
        }
        byte[] key = new byte[end];
        int length = 0;
        for (int i = 0; i < end; i++) {
            key[length++] = encoded[i];
            if (encoded[i] == 0) {
                i++;
                if (i == end || encoded[i] != (byte) 0xFF) {
                    throw new IllegalArgumentException("zero byte in key is not escaped");
                }
            }
        }
        return Arrays.copyOf(key, length);
    }

    static int part(byte[] encoded) {
        int part = 0;
        for (int i = encoded.length - 4; i < encoded.length; i++) {
            part = part << 8 | (encoded[i] & 0xFF);
        }
        return part;
    }
}
