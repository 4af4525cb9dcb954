package io.gavel.faults.history;

import org.jspecify.annotations.Nullable;

/// What an attempt carries beside its arguments: the fencing token it was made under, and the request it belongs to.
public record Stamp(@Nullable Long fence, @Nullable String requestId) {
    /// Neither guarded nor one of several attempts.
    public static final Stamp NONE = new Stamp(null, null);

    /// Guarded by a fencing token.
    public static Stamp fencedBy(long token) {
        return new Stamp(token, null);
    }

    /// One attempt of a request.
    public static Stamp attemptOf(String requestId) {
        return new Stamp(null, requestId);
    }
}
