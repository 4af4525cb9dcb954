package io.gavel.server.state.session;

import com.google.protobuf.ByteString;
import io.gavel.server.state.table.TableId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The records of a session. Keys: table id, session id, part, and for results the sequence; numbers big endian.
/// Parts: 0 what `open` fixed (nonce, hash of the secret, TTL, owner), 1 floor and deadline, 2 one stored result.
final class SessionRecord {
    static final byte IDENTITY = 0;
    static final byte PROGRESS = 1;
    static final byte RESULT = 2;

    private static final int KEY_BYTES = 1 + Long.BYTES + 1;
    private static final int SECRET_HASH_BYTES = 32;

    private SessionRecord() {}

    static byte[] key(long sessionId, byte part) {
        return ByteBuffer.allocate(KEY_BYTES)
                .put(TableId.SESSIONS.code())
                .putLong(sessionId)
                .put(part)
                .array();
    }

    static byte[] resultKey(long sessionId, long sequence) {
        return ByteBuffer.allocate(KEY_BYTES + Long.BYTES)
                .put(TableId.SESSIONS.code())
                .putLong(sessionId)
                .put(RESULT)
                .putLong(sequence)
                .array();
    }

    static long sessionId(byte[] key) {
        return ByteBuffer.wrap(key).getLong(1);
    }

    static byte part(byte[] key) {
        return key[KEY_BYTES - 1];
    }

    static long sequence(byte[] key) {
        return ByteBuffer.wrap(key).getLong(KEY_BYTES);
    }

    static byte[] identity(Session.SessionIdentity identity) {
        byte[] owner = identity.owner().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(3 * Long.BYTES + SECRET_HASH_BYTES + owner.length)
                .putLong(identity.nonce().high())
                .putLong(identity.nonce().low())
                .putLong(identity.ttlMillis())
                .put(identity.secretHash().asReadOnlyByteBuffer())
                .put(owner)
                .array();
    }

    static Session.SessionIdentity identity(byte[] value) {
        ByteBuffer buffer = ByteBuffer.wrap(value);
        Session.Nonce nonce = new Session.Nonce(buffer.getLong(), buffer.getLong());
        long ttlMillis = buffer.getLong();
        int ownerAt = 3 * Long.BYTES + SECRET_HASH_BYTES;
        ByteString secretHash = ByteString.copyFrom(value, 3 * Long.BYTES, SECRET_HASH_BYTES);
        String owner = new String(Arrays.copyOfRange(value, ownerAt, value.length), StandardCharsets.UTF_8);
        return new Session.SessionIdentity(nonce, secretHash, ttlMillis, owner);
    }

    static byte[] progress(Session session) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(session.floor)
                .putLong(session.deadlineNanos)
                .array();
    }
}
