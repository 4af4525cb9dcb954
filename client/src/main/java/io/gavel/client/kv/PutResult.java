package io.gavel.client.kv;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A write that took effect.
 *
 * @param revision the store's revision of this write
 * @param version the key's new version
 * @param replaced what it replaced, if that was asked for and there was something
 */
public record PutResult(
        long revision, long version, @Nullable Entry replaced) {
    /** What it replaced, if that was asked for and there was something. */
    public Optional<Entry> previous() {
        return Optional.ofNullable(replaced);
    }
}
