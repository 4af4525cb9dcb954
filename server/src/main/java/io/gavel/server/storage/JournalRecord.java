package io.gavel.server.storage;

import io.gavel.server.disk.StorageRefusedException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The fixed header in front of every record of a segment, and how it is written and recognised.
///
/// Layout, big endian, [#HEADER_BYTES] long; a record starts at a multiple of [#ALIGNMENT]:
///
/// | at | size | field |
/// | --- | --- | --- |
/// | 0 | 4 | magic |
/// | 4 | 1 | format version |
/// | 5 | 1 | type |
/// | 6 | 1 | codec of the payload, 0 = none |
/// | 7 | 1 | kind of the entry |
/// | 8 | 2 | must-understand flags |
/// | 10 | 2 | marks: end of write, end of batch |
/// | 12 | 4 | key id, 0 = plain |
/// | 16 | 4 | payload length |
/// | 20 | 4 | CRC32C of the payload |
/// | 24 | 8 | batch |
/// | 32 | 8 | index |
/// | 40 | 8 | term |
/// | 48 | 8 | term of the entry before |
/// | 56 | 4 | low half of the segment number |
/// | 60 | 4 | CRC32C of the segment's salt, the record's offset in the segment and the 60 bytes before |
///
/// The checksums are apart so that a damaged payload does not hide where the next record begins. The salt is known
/// to the member alone: a client cannot store a value that reads as a record. The offset is in the checksum so that
/// what a disk wrote to the wrong place is no record there.
record JournalRecord(
        RecordType type,
        Position position,
        long batch,
        long index,
        long term,
        long previousTerm,
        int kind,
        boolean endOfWrite,
        boolean endOfBatch,
        boolean payloadIntact) {
    static final int HEADER_BYTES = 64;
    static final int ALIGNMENT = 8;
    static final int MAGIC = 0x67766C52;
    static final int FORMAT_VERSION = 1;
    static final int MARK_END_OF_WRITE = 1;
    static final int MARK_END_OF_BATCH = 2;

    static final int MARKS_AT = 10;
    private static final int PAYLOAD_LENGTH_AT = 16;
    private static final int PAYLOAD_CHECKSUM_AT = 20;
    private static final int BATCH_AT = 24;
    private static final int SEGMENT_AT = 56;
    private static final int CHECKSUM_AT = 60;

    /// Where a record lies in its segment; `payloadLength` without the padding behind it.
    record Position(int offset, int payloadLength) {
        int payloadOffset() {
            return offset + HEADER_BYTES;
        }

        int end() {
            return offset + occupied(payloadLength);
        }
    }

    /// What a record says. Codes are part of the format; 200 to 255 are reserved.
    enum RecordType {
        /// Opens a batch and sums up what was true before it.
        OPEN(1),
        /// A batch of its own, written when the journal is idle: proves the batch before it durable.
        SEAL(2),
        /// `term` = current term, `index` = id of the member voted for or 0.
        HARD_STATE(3),
        ENTRY(4),
        /// All entries from `index` on are void.
        TRUNCATE(5),
        /// All entries up to (`term`, `index`) are in a durable snapshot.
        COMPACT(6),
        /// The repair mark is lifted.
        REPAIRED(7),
        /// A [PeerBoot].
        PEER(8),
        /// Entries up to `index` may be missing that were acknowledged (rule 21).
        REPAIRING(9);

        private final int code;

        RecordType(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static @Nullable RecordType ofCode(int code) {
            for (RecordType type : values()) {
                if (type.code == code) {
                    return type;
                }
            }
            return null;
        }
    }

    /// The values that differ from record to record of one write.
    record Fields(long index, long term, long previousTerm, int kind) {
        static final Fields NONE = new Fields(0, 0, 0, 0);
    }

    static int occupied(int payloadLength) {
        return (HEADER_BYTES + payloadLength + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /// Appends a record whose header is still to be finished by [#finish].
    static void append(ByteBuffer out, RecordType type, Fields fields, byte[] payload) {
        int start = out.position();
        out.putInt(MAGIC).put((byte) FORMAT_VERSION).put((byte) type.code());
        out.put((byte) 0).put((byte) fields.kind());
        out.putShort((short) 0).putShort((short) 0).putInt(0);
        out.putInt(payload.length).putInt(checksum(payload));
        out.putLong(0).putLong(fields.index()).putLong(fields.term()).putLong(fields.previousTerm());
        out.putLong(0);
        out.put(payload);
        while (out.position() < start + occupied(payload.length)) {
            out.put((byte) 0);
        }
    }

    /// Completes the header of the record at `at` and returns where the next one begins; the buffer will stand at
    /// `start` in its segment.
    static int finish(ByteBuffer buffer, int at, int start, SegmentKey segment, long batch) {
        buffer.putLong(at + BATCH_AT, batch);
        buffer.putInt(at + SEGMENT_AT, (int) segment.number());
        buffer.putInt(at + CHECKSUM_AT, headerChecksum(buffer, at, start + at, segment.salt()));
        return at + occupied(buffer.getInt(at + PAYLOAD_LENGTH_AT));
    }

    /// The record at `at`, or null when there is no intact header of this segment and place; the buffer stands at
    /// `start` in its segment.
    /// Throws [StorageRefusedException] for an intact record that only a newer version understands.
    static @Nullable JournalRecord read(ByteBuffer buffer, int at, int start, SegmentKey segment)
            throws StorageRefusedException {
        if (at + HEADER_BYTES > buffer.limit()
                || buffer.getInt(at) != MAGIC
                || buffer.getInt(at + SEGMENT_AT) != (int) segment.number()
                || buffer.getInt(at + CHECKSUM_AT) != headerChecksum(buffer, at, start + at, segment.salt())) {
            return null;
        }
        int payloadLength = buffer.getInt(at + PAYLOAD_LENGTH_AT);
        if (payloadLength < 0 || payloadLength > buffer.limit() - at - HEADER_BYTES) {
            return null;
        }
        RecordType type = requireUnderstood(buffer, at);
        Position position = new Position(at, payloadLength);
        int marks = buffer.getShort(at + MARKS_AT);
        boolean intact = checksum(buffer, position) == buffer.getInt(at + PAYLOAD_CHECKSUM_AT);
        return new JournalRecord(
                type,
                position,
                buffer.getLong(at + BATCH_AT),
                buffer.getLong(at + 32),
                buffer.getLong(at + 40),
                buffer.getLong(at + 48),
                Byte.toUnsignedInt(buffer.get(at + 7)),
                (marks & MARK_END_OF_WRITE) != 0,
                (marks & MARK_END_OF_BATCH) != 0,
                intact);
    }

    /// Where the payload ends of the record whose header is at the start of `header` and at `offset` in its
    /// segment; -1 = damaged. What fills up the record behind it may be cut off.
    static int endOf(ByteBuffer header, int offset, SegmentKey segment) {
        int payloadLength = header.getInt(PAYLOAD_LENGTH_AT);
        boolean intact = header.getInt(0) == MAGIC
                && header.getInt(CHECKSUM_AT) == headerChecksum(header, 0, offset, segment.salt())
                && payloadLength >= 0;
        return intact ? offset + HEADER_BYTES + payloadLength : -1;
    }

    byte[] payload(ByteBuffer buffer) {
        byte[] payload = new byte[position.payloadLength()];
        buffer.get(position.payloadOffset(), payload);
        return payload;
    }

    private static RecordType requireUnderstood(ByteBuffer buffer, int at) throws StorageRefusedException {
        int version = Byte.toUnsignedInt(buffer.get(at + 4));
        int code = Byte.toUnsignedInt(buffer.get(at + 5));
        int codec = Byte.toUnsignedInt(buffer.get(at + 6));
        int flags = Short.toUnsignedInt(buffer.getShort(at + 8));
        int keyId = buffer.getInt(at + 12);
        RecordType type = RecordType.ofCode(code);
        if (version != FORMAT_VERSION || type == null || codec != 0 || flags != 0 || keyId != 0) {
            throw new StorageRefusedException(
                    "journal record format",
                    "version " + FORMAT_VERSION + ", a known type, no flags, key or codec",
                    "version " + version + ", type " + code + ", flags " + flags + ", key " + keyId + ", codec "
                            + codec);
        }
        return type;
    }

    private static int headerChecksum(ByteBuffer buffer, int at, int offset, long salt) {
        CRC32C crc = new CRC32C();
        for (int shift = 56; shift >= 0; shift -= 8) {
            crc.update((int) (salt >>> shift));
        }
        for (int shift = 24; shift >= 0; shift -= 8) {
            crc.update(offset >>> shift);
        }
        crc.update(buffer.slice(at, CHECKSUM_AT));
        return (int) crc.getValue();
    }

    private static int checksum(byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload);
        return (int) crc.getValue();
    }

    private static int checksum(ByteBuffer buffer, Position position) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.slice(position.payloadOffset(), position.payloadLength()));
        return (int) crc.getValue();
    }

    /// What binds records to their segment: its number and a secret drawn when it was made.
    record SegmentKey(long number, long salt) {}
}
