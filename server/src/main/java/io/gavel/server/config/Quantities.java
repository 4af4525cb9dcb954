package io.gavel.server.config;

import java.util.LinkedHashMap;
import java.util.Map;

/// Durations such as `250ms` and sizes such as `16MiB`: a whole number and a unit, nothing else.
public final class Quantities {
    private static final Map<String, Long> NANOS = new LinkedHashMap<>();
    private static final Map<String, Long> BYTES = new LinkedHashMap<>();

    static {
        NANOS.put("ns", 1L);
        NANOS.put("us", 1_000L);
        NANOS.put("ms", 1_000_000L);
        NANOS.put("s", 1_000_000_000L);
        NANOS.put("m", 60_000_000_000L);
        NANOS.put("h", 3_600_000_000_000L);
        BYTES.put("B", 1L);
        BYTES.put("KiB", 1L << 10);
        BYTES.put("MiB", 1L << 20);
        BYTES.put("GiB", 1L << 30);
    }

    private Quantities() {}

    /// Reads a duration in `ns`, `us`, `ms`, `s`, `m` or `h`, as nanoseconds.
    ///
    /// @throws IllegalArgumentException when the text is anything else
    public static long parseNanos(String text) {
        return parse(text, NANOS, "a duration such as 250ms, 10s or 5m");
    }

    /// Reads a size in `B`, `KiB`, `MiB` or `GiB`, as bytes.
    ///
    /// @throws IllegalArgumentException when the text is anything else
    public static long parseBytes(String text) {
        return parse(text, BYTES, "a size such as 512KiB, 16MiB or 1GiB");
    }

    /// The shortest text that reads back as this many nanoseconds.
    public static String formatNanos(long nanos) {
        return format(nanos, NANOS, "s");
    }

    /// The shortest text that reads back as this many bytes.
    public static String formatBytes(long bytes) {
        return format(bytes, BYTES, "B");
    }

    private static long parse(String text, Map<String, Long> units, String expected) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        Long unit = units.get(text.substring(digits));
        if (digits == 0 || digits > 15 || unit == null) {
            throw new IllegalArgumentException("expected " + expected);
        }
        try {
            return Math.multiplyExact(Long.parseLong(text.substring(0, digits)), unit);
        } catch (ArithmeticException overflow) {
            throw new IllegalArgumentException("expected " + expected + ", smaller than 2^63", overflow);
        }
    }

    private static String format(long amount, Map<String, Long> units, String unitOfZero) {
        String best = amount == 0 ? "0" + unitOfZero : "";
        if (amount != 0) {
            for (Map.Entry<String, Long> unit : units.entrySet()) {
                if (amount % unit.getValue() == 0) {
                    best = amount / unit.getValue() + unit.getKey();
                }
            }
        }
        return best;
    }
}
