package io.gavel.client.internal.core;

import io.gavel.client.error.ErrorDetail;

/** Told once how a request for a grant ended, on the owner's thread; must not block. */
public interface GrantCompletion {
    /** It was granted. */
    void granted(Grant grant);

    /** Its wait limit passed first; it is not in the queue any more. */
    void notInTime();

    /** It failed. */
    void fail(ErrorDetail error);
}
