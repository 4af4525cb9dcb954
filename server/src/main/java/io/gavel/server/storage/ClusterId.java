package io.gavel.server.storage;

import java.util.Locale;

/// 128 random bits that tell one cluster from every other, a restored one included.
public record ClusterId(long high, long low) {
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%016x%016x", high, low);
    }
}
