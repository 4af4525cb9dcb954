package io.gavel.client.internal.wire;

import io.gavel.client.Bytes;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.InvalidArgumentException;
import java.time.Duration;

/** Limits of the contract, checked before anything is sent. */
public final class Limits {
    private static final int MAX_KEY_BYTES = 1024;
    private static final int MAX_VALUE_BYTES = 1 << 20;
    private static final int MAX_OPERATIONS = 128;
    private static final int MAX_NAME_BYTES = 256;
    private static final Duration MAX_WAIT = Duration.ofDays(365);

    private Limits() {}

    public static void key(Bytes key) {
        require(key.size() >= 1 && key.size() <= MAX_KEY_BYTES, "key", "1 to 1,024 bytes", key.size() + " bytes");
    }

    public static void value(Bytes value) {
        require(value.size() <= MAX_VALUE_BYTES, "value", "at most 1,048,576 bytes", value.size() + " bytes");
    }

    public static void operations(int count) {
        require(count <= MAX_OPERATIONS, "txn", "at most 128 compares, guards and operations", String.valueOf(count));
    }

    public static String name(String name) {
        int bytes = Bytes.utf8(name).size();
        require(bytes >= 1 && bytes <= MAX_NAME_BYTES, "name", "1 to 256 bytes", bytes + " bytes");
        return name;
    }

    public static String endpoint(String field, String hostPort) {
        int colon = hostPort.lastIndexOf(':');
        boolean valid = colon > 0 && colon < hostPort.length() - 1;
        if (valid) {
            try {
                int port = Integer.parseInt(hostPort.substring(colon + 1));
                valid = port > 0 && port < 65536;
            } catch (NumberFormatException e) {
                valid = false;
            }
        }
        require(valid, field, "host:port", '"' + hostPort + '"');
        return hostPort;
    }

    public static int nonNegative(String field, int value) {
        return (int) nonNegative(field, (long) value);
    }

    public static long nonNegative(String field, long value) {
        require(value >= 0, field, "at least 0", String.valueOf(value));
        return value;
    }

    /** A condition that may be left out, as -1. */
    public static void optional(String field, long value) {
        require(value >= -1, field, "at least 0, or -1 for none", String.valueOf(value));
    }

    public static long waitNanos(Duration wait) {
        require(!wait.isNegative() && wait.compareTo(MAX_WAIT) <= 0, "wait", "0 to 365 days", wait.toString());
        return wait.toNanos();
    }

    public static long ttlMillis(Duration ttl) {
        require(!ttl.isNegative(), "ttl", "at least 0", ttl.toString());
        require(ttl.isZero() || ttl.toMillis() > 0, "ttl", "whole milliseconds", ttl.toString());
        return ttl.toMillis();
    }

    public static void require(boolean valid, String field, String limit, String value) {
        if (!valid) {
            throw new InvalidArgumentException(ErrorDetail.invalid(field, limit, value));
        }
    }
}
