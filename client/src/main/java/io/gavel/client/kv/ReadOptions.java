package io.gavel.client.kv;

import io.gavel.client.ReadPolicy;
import io.gavel.client.internal.wire.Limits;

/**
 * How to read.
 *
 * @param atRevision 0 = the newest
 * @param notBefore the answer must be at least this new, also on a member that lags; 0 = no matter
 */
public record ReadOptions(ReadPolicy policy, long atRevision, long notBefore) {
    /** Linearizable, newest. */
    public static final ReadOptions DEFAULT = new ReadOptions(ReadPolicy.LINEARIZABLE, 0, 0);

    /** Refuses negative revisions. */
    public ReadOptions {
        Limits.nonNegative("atRevision", atRevision);
        Limits.nonNegative("notBefore", notBefore);
    }

    /** The answering member's own state. */
    public static ReadOptions stale() {
        return new ReadOptions(ReadPolicy.STALE, 0, 0);
    }

    /** As of a retained revision. */
    public ReadOptions withRevision(long revision) {
        return new ReadOptions(policy, revision, notBefore);
    }

    /** At least as new as {@code revision}: read your own write on a member that lags. */
    public ReadOptions withNotBefore(long revision) {
        return new ReadOptions(policy, atRevision, revision);
    }
}
