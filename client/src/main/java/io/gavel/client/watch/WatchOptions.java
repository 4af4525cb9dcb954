package io.gavel.client.watch;

import io.gavel.client.internal.wire.Limits;

/**
 * What to follow.
 *
 * @param isPrefix every key that starts with the given one
 * @param fromRevision the first revision wanted; 0 = a snapshot of what is there now, then all that follows
 * @param incarnation the cluster incarnation in which {@code fromRevision} was seen; 0 = the present one
 * @param previousValues events carry what was replaced
 */
public record WatchOptions(boolean isPrefix, long fromRevision, long incarnation, boolean previousValues) {
    /** Refuses a negative revision or incarnation. */
    public WatchOptions {
        Limits.nonNegative("fromRevision", fromRevision);
        Limits.nonNegative("incarnation", incarnation);
    }

    /** One key, from now. */
    public static WatchOptions key() {
        return new WatchOptions(false, 0, 0, false);
    }

    /** A prefix, from now. */
    public static WatchOptions prefix() {
        return new WatchOptions(true, 0, 0, false);
    }

    /** From a revision on. */
    public WatchOptions withFrom(long revision) {
        return new WatchOptions(isPrefix, revision, incarnation, previousValues);
    }

    /** With what was replaced. */
    public WatchOptions withPrevious() {
        return new WatchOptions(isPrefix, fromRevision, incarnation, true);
    }
}
