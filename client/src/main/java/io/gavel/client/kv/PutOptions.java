package io.gavel.client.kv;

import io.gavel.client.internal.wire.Limits;
import java.time.Duration;

/**
 * How to write.
 *
 * @param ephemeral the key ends with the session
 * @param ttl the key ends this long after the write; zero = never
 * @param ifVersion write only if the key has this version, 0 = only if it is absent; -1 = no condition
 * @param ifModRevision write only if the key was last written at this revision; -1 = no condition
 * @param returnPrevious answer with what was replaced
 */
public record PutOptions(boolean ephemeral, Duration ttl, long ifVersion, long ifModRevision, boolean returnPrevious) {
    /** An unconditional, lasting write. */
    public static final PutOptions DEFAULT = new PutOptions(false, Duration.ZERO, -1, -1, false);

    /** Refuses conditions below -1. */
    public PutOptions {
        Limits.optional("ifVersion", ifVersion);
        Limits.optional("ifModRevision", ifModRevision);
    }

    /** Ends with the session. */
    public PutOptions withEphemeral() {
        return new PutOptions(true, ttl, ifVersion, ifModRevision, returnPrevious);
    }

    /** Ends after {@code duration}. */
    public PutOptions withTtl(Duration duration) {
        return new PutOptions(ephemeral, duration, ifVersion, ifModRevision, returnPrevious);
    }

    /** Only if the key has this version; 0 = only if it is absent. */
    public PutOptions withIfVersion(long version) {
        return new PutOptions(ephemeral, ttl, Limits.nonNegative("ifVersion", version), ifModRevision, returnPrevious);
    }

    /** Only if there is no such key. */
    public PutOptions withIfAbsent() {
        return withIfVersion(0);
    }

    /** Only if the key was last written at this revision. */
    public PutOptions withIfModRevision(long revision) {
        return new PutOptions(ephemeral, ttl, ifVersion, Limits.nonNegative("ifModRevision", revision), returnPrevious);
    }

    /** Answer with what was replaced. */
    public PutOptions withPrevious() {
        return new PutOptions(ephemeral, ttl, ifVersion, ifModRevision, true);
    }
}
