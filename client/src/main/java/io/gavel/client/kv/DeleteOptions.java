package io.gavel.client.kv;

import io.gavel.client.internal.wire.Limits;

/**
 * How to delete.
 *
 * @param prefix every key that starts with the given one; excludes the conditions
 * @param ifVersion delete only if the key has this version; -1 = no condition
 * @param ifModRevision delete only if the key was last written at this revision; -1 = no condition
 * @param returnPrevious answer with what was deleted
 */
public record DeleteOptions(boolean prefix, long ifVersion, long ifModRevision, boolean returnPrevious) {
    /** One key, unconditionally. */
    public static final DeleteOptions DEFAULT = new DeleteOptions(false, -1, -1, false);

    /** Refuses conditions below -1. */
    public DeleteOptions {
        Limits.optional("ifVersion", ifVersion);
        Limits.optional("ifModRevision", ifModRevision);
    }

    /** Every key with the prefix. */
    public DeleteOptions withPrefix() {
        return new DeleteOptions(true, ifVersion, ifModRevision, returnPrevious);
    }

    /** Only if the key has this version. */
    public DeleteOptions withIfVersion(long version) {
        return new DeleteOptions(prefix, Limits.nonNegative("ifVersion", version), ifModRevision, returnPrevious);
    }

    /** Only if the key was last written at this revision. */
    public DeleteOptions withIfModRevision(long revision) {
        return new DeleteOptions(prefix, ifVersion, Limits.nonNegative("ifModRevision", revision), returnPrevious);
    }

    /** Answer with what was deleted. */
    public DeleteOptions withPrevious() {
        return new DeleteOptions(prefix, ifVersion, ifModRevision, true);
    }
}
