package io.gavel.client.internal.core;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.port.Completion;
import org.jspecify.annotations.Nullable;

/** What a caller was told; a second telling fails the test. */
final class Told<T> implements Completion<T> {
    @Nullable
    T result;

    @Nullable
    ErrorDetail error;

    @Override
    public void succeed(T value) {
        once();
        result = value;
    }

    @Override
    public void fail(ErrorDetail failure) {
        once();
        error = failure;
    }

    private void once() {
        if (isDone()) {
            throw new AssertionError("told twice");
        }
    }

    boolean isDone() {
        return result != null || error != null;
    }

    /** What became of a grant request. */
    static final class OfGrant implements GrantCompletion {
        @Nullable
        Grant grant;

        @Nullable
        ErrorDetail error;

        boolean late;

        @Override
        public void granted(Grant granted) {
            once();
            grant = granted;
        }

        @Override
        public void notInTime() {
            once();
            late = true;
        }

        @Override
        public void fail(ErrorDetail failure) {
            once();
            error = failure;
        }

        private void once() {
            if (isDone()) {
                throw new AssertionError("told twice");
            }
        }

        boolean isDone() {
            return grant != null || error != null || late;
        }
    }
}
