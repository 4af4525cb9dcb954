package io.gavel.server.state.session;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/// One session as replicated: who it belongs to, how long it lives, and what its unacknowledged requests were answered.
/// Confined to the apply agent; changed by [SessionTable] only.
final class Session {
    private static final int SMALLEST_RING = 4;

    final long id;
    final SessionIdentity identity;
    /// Replicated time at which it is dead.
    long deadlineNanos;
    /// Results below it are acknowledged and forgotten; never falls.
    long floor = 1;
    /// Invariant: the sum over `results` of [StoredResult#bytes()].
    long resultBytes;
    /// The result of sequence s stands at s modulo the length, a power of two that exceeds every stored s - floor.
    private @Nullable StoredResult[] results = new StoredResult[SMALLEST_RING];

    Session(long id, SessionIdentity identity, long deadlineNanos) {
        this.id = id;
        this.identity = identity;
        this.deadlineNanos = deadlineNanos;
    }

    /// What `open` fixed for the session's life.
    ///
    /// @param secretHash SHA-256 of the client's secret, 32 bytes
    record SessionIdentity(Nonce nonce, ByteString secretHash, long ttlMillis, String owner) {
        static final long NANOS_PER_MILLI = 1_000_000;

        long ttlNanos() {
            return ttlMillis * NANOS_PER_MILLI;
        }

        /// The first eight bytes of the hash, big endian: what every request of the session must show.
        long proof() {
            return secretHash.asReadOnlyByteBuffer().getLong();
        }
    }

    /// The 128 bits that make `open` idempotent.
    record Nonce(long high, long low) {}

    @Nullable
    StoredResult resultOf(long sequence) {
        StoredResult result = results[slot(sequence)];
        return result != null && result.sequence() == sequence ? result : null;
    }

    /// Stores the result of a sequence that has none, at or above the floor.
    void store(StoredResult result) {
        while (result.sequence() - floor >= results.length) {
            grow();
        }
        results[slot(result.sequence())] = result;
        resultBytes += result.bytes();
    }

    /// Removes the result of a sequence, if it has one.
    @Nullable
    StoredResult forget(long sequence) {
        StoredResult result = resultOf(sequence);
        if (result != null) {
            results[slot(sequence)] = null;
            resultBytes -= result.bytes();
        }
        return result;
    }

    /// One past the highest sequence that may have a result.
    long highestPossible() {
        return floor + results.length;
    }

    private int slot(long sequence) {
        return (int) (sequence & (results.length - 1));
    }

    private void grow() {
        @Nullable StoredResult[] before = results;
        results = new StoredResult[before.length * 2];
        for (StoredResult result : before) {
            if (result != null) {
                results[slot(result.sequence())] = result;
            }
        }
    }
}
