package io.gavel.server.state.session;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.CommandResult;
import java.nio.ByteBuffer;

/// What a request was answered, kept until its client has acknowledged it.
///
/// Kept as the value of its record: the hash of the command's bytes, eight bytes, then the encoded result. So a
/// snapshot shares the bytes and copies none. Never compared.
@SuppressWarnings("ArrayRecordComponent")
record StoredResult(long sequence, byte[] recordValue) {
    /// Counted for each stored result beside its bytes.
    private static final int OVERHEAD_BYTES = 64;

    static StoredResult of(long sequence, long commandHash, CommandResult result) {
        byte[] recordValue = new byte[Long.BYTES + result.getSerializedSize()];
        ByteBuffer buffer = ByteBuffer.wrap(recordValue).putLong(commandHash);
        try {
            var output = com.google.protobuf.CodedOutputStream.newInstance(buffer);
            result.writeTo(output);
            output.flush();
        } catch (java.io.IOException e) {
            throw new IllegalStateException("an array of the right size takes the result", e);
        }
        return new StoredResult(sequence, recordValue);
    }

    long commandHash() {
        return ByteBuffer.wrap(recordValue).getLong();
    }

    CommandResult result() {
        try {
            return CommandResult.parser().parseFrom(recordValue, Long.BYTES, recordValue.length - Long.BYTES);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a stored result is what was encoded", e);
        }
    }

    long bytes() {
        return (long) recordValue.length + OVERHEAD_BYTES;
    }
}
