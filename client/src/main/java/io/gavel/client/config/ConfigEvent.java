package io.gavel.client.config;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A release that was made.
 *
 * @param made null = the namespace has no release
 * @param afterGap releases before this one were skipped
 */
public record ConfigEvent(long revision, @Nullable ConfigRelease made, boolean afterGap) {
    /** The release. */
    public Optional<ConfigRelease> release() {
        return Optional.ofNullable(made);
    }
}
