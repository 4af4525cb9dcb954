package io.gavel.server.entry;

import io.gavel.raft.Payload;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// What tells the payload of an entry from any other: its SHA-256, 64 lower-case hexadecimal digits.
public record EntryHash(String hex) {
    public static final int BYTES = 32;
    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{64}");

    /// @throws IllegalArgumentException if these are not 64 lower-case hexadecimal digits
    public EntryHash {
        if (!DIGITS.matcher(hex).matches()) {
            throw new IllegalArgumentException(
                    "hash is 64 lower-case hexadecimal digits, as the halted member printed them, not \"" + hex + "\"");
        }
    }

    public static EntryHash of(Payload payload) {
        try {
            return ofBytes(MessageDigest.getInstance("SHA-256").digest(payload.bytes()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// The hash whose bytes these are.
    public static EntryHash ofBytes(byte[] bytes) {
        return new EntryHash(HexFormat.of().formatHex(bytes));
    }

    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
