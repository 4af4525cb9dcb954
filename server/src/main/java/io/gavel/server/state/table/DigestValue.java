package io.gavel.server.state.table;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.Locale;

/// The 128 bits of a [StateDigest].
public record DigestValue(long high, long low) {
    public static final int BYTES = 16;

    /// Reads the sixteen bytes of [#toBytes()].
    public static DigestValue of(ByteString bytes) {
        if (bytes.size() != BYTES) {
            throw new IllegalArgumentException("a digest has " + BYTES + " bytes, not " + bytes.size());
        }
        ByteBuffer buffer = bytes.asReadOnlyByteBuffer();
        return new DigestValue(buffer.getLong(), buffer.getLong());
    }

    /// Sixteen bytes, big endian.
    public ByteString toBytes() {
        return ByteString.copyFrom(
                ByteBuffer.allocate(BYTES).putLong(high).putLong(low).flip());
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%016x%016x", high, low);
    }
}
