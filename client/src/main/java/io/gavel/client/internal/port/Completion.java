package io.gavel.client.internal.port;

import io.gavel.client.error.ErrorDetail;

/** Told once how a request ended, on the owner's thread; must not block. */
public interface Completion<T> {
    /** It succeeded. */
    void succeed(T result);

    /** It failed. */
    void fail(ErrorDetail error);

    /** For requests whose end changes nothing for whoever made them. */
    static <T> Completion<T> ignored() {
        return new Completion<>() {
            @Override
            public void succeed(T result) {}

            @Override
            public void fail(ErrorDetail error) {}
        };
    }
}
