package io.gavel.client.kv;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a key holds.
 *
 * @param revision the revision the answer is true for
 * @param maxAge how old the answer may be; zero for a linearizable read
 * @param found null = no such key
 */
public record GetResult(
        long revision, Duration maxAge, @Nullable Entry found) {
    /** The entry, if there is one. */
    public Optional<Entry> entry() {
        return Optional.ofNullable(found);
    }

    /** The value as text, if there is one. */
    public Optional<String> text() {
        return entry().map(Entry::valueText);
    }
}
