package io.gavel.faults.sim.time;

/// A running 64-bit hash over everything that happens in a run.
public final class TraceHash {
    private static final long PRIME = 0x9E3779B97F4A7C15L;

    private long value = 0x6A09E667F3BCC908L;

    public void add(long word) {
        value = (value ^ word) * PRIME;
        value ^= value >>> 29;
    }

    /// The text by its characters.
    public void add(String text) {
        long folded = text.length();
        for (int i = 0; i < text.length(); i++) {
            folded = folded * 31 + text.charAt(i);
        }
        add(folded);
    }

    public void add(byte[] bytes) {
        long folded = bytes.length;
        for (byte b : bytes) {
            folded = folded * 31 + b;
        }
        add(folded);
    }

    public long value() {
        return value;
    }
}
