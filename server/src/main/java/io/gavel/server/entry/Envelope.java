package io.gavel.server.entry;

import io.gavel.raft.Payload;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The payload of a command entry: a fixed header, then the command's bytes exactly as their author encoded them
/// (rule 29). Client bytes cannot reach the header, so a client can write neither a server's command nor another
/// session's.
///
/// Layout, big endian: format version u8, origin u8, feature level u16, must-understand flags u16, group u32,
/// namespace u32, principal u64, session u64, proof u64, sequence u64, floor u64, command.
///
/// @param origin who wrote the command
/// @param featureLevel the level in force where the entry was proposed; decides how the command is decoded
/// @param principalId 0 until requests are authenticated
/// @param stamp session and sequence; [RequestStamp#NONE] for single attempts and server commands
/// @param payload the whole payload; the command begins at [#HEADER_BYTES]
public record Envelope(EntryOrigin origin, int featureLevel, long principalId, RequestStamp stamp, Payload payload) {
    public static final int FORMAT_VERSION = 1;
    public static final int HEADER_BYTES = 54;

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /// The payload of a client's command.
    public static byte[] ofClient(int featureLevel, long principalId, RequestStamp stamp, byte[] command) {
        return encode(EntryOrigin.CLIENT, featureLevel, principalId, stamp, command);
    }

    /// The payload of a server's command.
    public static byte[] ofServer(int featureLevel, byte[] command) {
        return encode(EntryOrigin.SERVER, featureLevel, 0, RequestStamp.NONE, command);
    }

    private static byte[] encode(
            EntryOrigin origin, int featureLevel, long principalId, RequestStamp stamp, byte[] command) {
        byte[] bytes = new byte[HEADER_BYTES + command.length];
        bytes[0] = FORMAT_VERSION;
        bytes[1] = (byte) origin.code();
        SHORT.set(bytes, 2, (short) featureLevel);
        LONG.set(bytes, 14, principalId);
        LONG.set(bytes, 22, stamp.sessionId());
        LONG.set(bytes, 30, stamp.proof());
        LONG.set(bytes, 38, stamp.sequence());
        LONG.set(bytes, 46, stamp.floor());
        System.arraycopy(command, 0, bytes, HEADER_BYTES, command.length);
        return bytes;
    }

    /// Reads the header of a committed entry.
    ///
    /// @throws UnsupportedEntryException if any part of it is unknown to this version; the member must halt
    public static Envelope decode(Payload payload) {
        byte[] bytes = payload.bytes();
        if (bytes.length < HEADER_BYTES) {
            throw new UnsupportedEntryException("entry of " + bytes.length + " bytes is shorter than its envelope");
        }
        if (bytes[0] != FORMAT_VERSION) {
            throw new UnsupportedEntryException("unknown envelope format " + (bytes[0] & 0xff));
        }
        int featureLevel = (short) SHORT.get(bytes, 2) & 0xffff;
        if (featureLevel < FeatureLevels.MIN || featureLevel > FeatureLevels.MAX) {
            throw new UnsupportedEntryException("entry of feature level " + featureLevel + ", this version applies "
                    + FeatureLevels.MIN + " to " + FeatureLevels.MAX);
        }
        requireZero("flags", (short) SHORT.get(bytes, 4) & 0xffff);
        requireZero("group", (int) INT.get(bytes, 6));
        requireZero("namespace", (int) INT.get(bytes, 10));
        RequestStamp stamp = new RequestStamp(
                (long) LONG.get(bytes, 22), (long) LONG.get(bytes, 30), (long) LONG.get(bytes, 38), (long)
                        LONG.get(bytes, 46));
        return new Envelope(
                EntryOrigin.ofCode(bytes[1] & 0xff), featureLevel, (long) LONG.get(bytes, 14), stamp, payload);
    }

    /// The length of the command's bytes.
    public int commandLength() {
        return payload.length() - HEADER_BYTES;
    }

    private static void requireZero(String field, int value) {
        if (value != 0) {
            throw new UnsupportedEntryException("unknown envelope " + field + " " + value);
        }
    }
}
