package io.gavel.server.api;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionRef;
import io.gavel.server.entry.RequestLimits;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/// A session as its client names it: the id, and the proof that travels in every entry instead of the secret.
///
/// @param proof the first eight bytes, big endian, of SHA-256 of the secret
public record SessionProof(long sessionId, long proof) {
    /// No session: single attempts.
    public static final SessionProof NONE = new SessionProof(0, 0);

    /// What is wrong with a reference, or null.
    public static @Nullable Error check(SessionRef session) {
        FieldChecks checks = new FieldChecks();
        checks.positive("session.session_id", session.getSessionId());
        checks.bytes("session.secret", session.getSecret(), RequestLimits.SECRET_BYTES, RequestLimits.SECRET_BYTES);
        return checks.refusal();
    }

    /// The proof for a reference that [#check] accepts.
    public static SessionProof of(SessionRef session) {
        return new SessionProof(session.getSessionId(), proofOf(session.getSecret()));
    }

    private static long proofOf(ByteString secret) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(secret.toByteArray()))
                    .getLong();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    boolean isPresent() {
        return sessionId != 0;
    }
}
