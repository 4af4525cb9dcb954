package io.gavel.client.internal.port;

import io.gavel.client.error.ErrorDetail;

/** Told once how a request ended, on the owner's thread; must not block. */
public interface Completion<T> {
    /** It succeeded. */
    void succeed(T result);

    /** It failed. */
    void fail(ErrorDetail error);
}
