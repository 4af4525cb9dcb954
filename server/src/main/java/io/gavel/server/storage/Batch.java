package io.gavel.server.storage;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.HardState;
import io.gavel.server.storage.JournalRecord.Fields;
import io.gavel.server.storage.JournalRecord.RecordType;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The records that will become durable together, encoded as they come and finished when their place is known.
///
/// Confined to the journal's thread. The buffer is direct, so that writing it copies nothing.
final class Batch {
    private static final int INITIAL_BYTES = 64 * 1024;
    /// A buffer that one large batch made grow beyond this is given back.
    private static final int KEPT_BYTES = 8 << 20;

    private static final byte[] NO_PAYLOAD = new byte[0];

    private ByteBuffer buffer = ByteBuffer.allocateDirect(INITIAL_BYTES);
    private int lastRecord = -1;
    private int writes;
    private long[] entryIndexes = new long[64];
    private int[] entryOffsets = new int[64];
    private int entryCount;

    boolean isEmpty() {
        return lastRecord < 0;
    }

    int bytes() {
        return buffer.position();
    }

    /// Writes ended by [#endWrite] so far.
    int writes() {
        return writes;
    }

    /// Opens the batch: sums up what is true before it, so that recovery can prove it from here alone (rule 25).
    void open(RecordType type, JournalState before) {
        append(type, Fields.NONE, Summary.of(before).encode());
    }

    void hardState(HardState hardState) {
        long votedFor = hardState.votedFor() == null ? 0 : hardState.votedFor().value();
        append(RecordType.HARD_STATE, new Fields(votedFor, hardState.currentTerm(), 0, 0), NO_PAYLOAD);
    }

    void entry(Entry entry, long previousTerm) {
        if (entryCount == entryIndexes.length) {
            entryIndexes = Arrays.copyOf(entryIndexes, 2 * entryCount);
            entryOffsets = Arrays.copyOf(entryOffsets, 2 * entryCount);
        }
        entryIndexes[entryCount] = entry.index();
        entryOffsets[entryCount] = buffer.position();
        entryCount++;
        append(
                RecordType.ENTRY,
                new Fields(
                        entry.index(), entry.term(), previousTerm, entry.kind().code()),
                entry.payload().bytes());
    }

    void truncate(long fromIndex) {
        if (entryCount == entryIndexes.length) {
            entryIndexes = Arrays.copyOf(entryIndexes, 2 * entryCount);
            entryOffsets = Arrays.copyOf(entryOffsets, 2 * entryCount);
        }
        entryIndexes[entryCount] = fromIndex;
        entryOffsets[entryCount] = -1;
        entryCount++;
        append(RecordType.TRUNCATE, new Fields(fromIndex, 0, 0, 0), NO_PAYLOAD);
    }

    void compact(EntryId through) {
        append(RecordType.COMPACT, new Fields(through.index(), through.term(), 0, 0), NO_PAYLOAD);
    }

    void repaired() {
        append(RecordType.REPAIRED, Fields.NONE, NO_PAYLOAD);
    }

    void repairing(long until) {
        append(RecordType.REPAIRING, new Fields(until, 0, 0, 0), NO_PAYLOAD);
    }

    void peer(PeerBoot peer) {
        ByteBuffer payload = ByteBuffer.allocate(PeerRecord.BYTES);
        PeerRecord.put(payload, peer);
        append(RecordType.PEER, Fields.NONE, payload.array());
    }

    /// Marks what was added since the last call as one write: recovery keeps all of it or nothing.
    void endWrite() {
        writes++;
        mark(JournalRecord.MARK_END_OF_WRITE);
    }

    /// Finishes all headers for their place in a segment; the result is ready to be written.
    ByteBuffer finish(JournalRecord.SegmentKey segment, long batchNumber, int start) {
        mark(JournalRecord.MARK_END_OF_WRITE | JournalRecord.MARK_END_OF_BATCH);
        int at = 0;
        while (at < buffer.position()) {
            at = JournalRecord.finish(buffer, at, start, segment, batchNumber);
        }
        return buffer.duplicate().flip();
    }

    /// Tells the segment where its entries are, `start` being the offset of the batch.
    void publishTo(Segment segment, LogIndex index, int start) {
        for (int i = 0; i < entryCount; i++) {
            if (entryOffsets[i] < 0) {
                index.truncateFrom(entryIndexes[i]);
            } else {
                index.append(segment, entryIndexes[i], start + entryOffsets[i]);
            }
        }
    }

    void clear() {
        if (buffer.capacity() > KEPT_BYTES) {
            buffer = ByteBuffer.allocateDirect(INITIAL_BYTES);
        }
        buffer.clear();
        lastRecord = -1;
        writes = 0;
        entryCount = 0;
    }

    private void append(RecordType type, Fields fields, byte[] payload) {
        ensureRoom(JournalRecord.occupied(payload.length));
        lastRecord = buffer.position();
        JournalRecord.append(buffer, type, fields, payload);
    }

    private void mark(int marks) {
        int at = lastRecord + JournalRecord.MARKS_AT;
        buffer.putShort(at, (short) (buffer.getShort(at) | marks));
    }

    private void ensureRoom(int bytes) {
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(Math.multiplyExact(buffer.capacity(), 2), Math.addExact(buffer.position(), bytes));
            buffer = ByteBuffer.allocateDirect(capacity).put(buffer.flip());
        }
    }

    /// The payload of an OPEN or SEAL record.
    record Summary(HardState hardState, EntryId base, EntryId last, long highestIndex, long repairUntil) {
        static final int BYTES = 8 + 4 + 16 + 16 + 8 + 8;

        static Summary of(JournalState state) {
            return new Summary(state.hardState, state.base, state.last, state.highestIndex, state.repairUntil);
        }

        byte[] encode() {
            ByteBuffer out = ByteBuffer.allocate(BYTES);
            SegmentHeader.putHardState(out, hardState);
            SegmentHeader.putEntryId(out, base);
            SegmentHeader.putEntryId(out, last);
            return out.putLong(highestIndex).putLong(repairUntil).array();
        }

        static Summary decode(byte[] payload) {
            ByteBuffer in = ByteBuffer.wrap(payload);
            return new Summary(
                    SegmentHeader.hardState(in),
                    SegmentHeader.entryId(in),
                    SegmentHeader.entryId(in),
                    in.getLong(),
                    in.getLong());
        }
    }

    /// The bytes of a [PeerBoot].
    static final class PeerRecord {
        static final int BYTES = 16 + 8 + 8 + 8;

        private PeerRecord() {}

        static void put(ByteBuffer out, PeerBoot peer) {
            out.putLong(peer.uuid().high()).putLong(peer.uuid().low());
            out.putLong(peer.bootCount()).putLong(peer.nonce()).putLong(peer.acknowledgedIndex());
        }

        static PeerBoot read(ByteBuffer in) {
            return new PeerBoot(
                    new io.gavel.raft.quorum.MemberUuid(in.getLong(), in.getLong()),
                    in.getLong(),
                    in.getLong(),
                    in.getLong());
        }
    }
}
