package io.gavel.client.kv;

import io.gavel.client.Bytes;
import java.time.Duration;

/**
 * A key and its value as of some revision.
 *
 * @param createRevision when the key began to exist
 * @param modRevision when this value was written
 * @param version how often the key was written since it began to exist, from 1
 * @param sessionId the session it is ephemeral to; 0 = none
 * @param ttlRemaining zero = it does not expire
 */
public record Entry(
        Bytes key,
        Bytes value,
        long createRevision,
        long modRevision,
        long version,
        long sessionId,
        Duration ttlRemaining) {
    /** The key as text. */
    public String keyText() {
        return key.utf8();
    }

    /** The value as text. */
    public String valueText() {
        return value.utf8();
    }
}
