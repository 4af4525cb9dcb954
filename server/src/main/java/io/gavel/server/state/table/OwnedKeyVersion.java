package io.gavel.server.state.table;

import org.jspecify.annotations.Nullable;

/// A version that ends by itself: with its session, or at a point of replicated time. Kept apart because most keys do
/// neither and there may be a million of them.
public final class OwnedKeyVersion extends KeyVersion {
    private final long sessionId;
    private final long deadlineNanos;

    /// Takes the plain version's contents and adds what ends it.
    public OwnedKeyVersion(KeyVersion plain, @Nullable KeyVersion previous, long sessionId, long deadlineNanos) {
        super(plain.createRevision(), plain.modRevision(), plain.version(), plain.value(), previous);
        this.sessionId = sessionId;
        this.deadlineNanos = deadlineNanos;
    }

    @Override
    public long sessionId() {
        return sessionId;
    }

    @Override
    public long deadlineNanos() {
        return deadlineNanos;
    }
}
