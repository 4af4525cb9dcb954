package io.gavel.server.storage;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.HardState;
import io.gavel.raft.Payload;
import io.gavel.raft.check.Invariants;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.disk.StorageRefusedException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The head of a segment: whose it is, and a checkpoint of everything before it except entries (rule 24).
///
/// It is written twice, [#COPY_BYTES] apart, before the segment gets its name, and never again. Thanks to it
/// earlier segments matter only for the live entries in them.
///
/// @param key        number and salt of the segment
/// @param firstBatch the number of the first batch in this segment
/// @param precedingBatch batches of earlier segments above this number are void: recovery copied what counts
/// @param state      all that is true before the first record; `state.last` is the entry before the first entry
record SegmentHeader(
        ClusterId clusterId,
        MemberUuid uuid,
        JournalRecord.SegmentKey key,
        long firstBatch,
        long precedingBatch,
        JournalState state) {
    static final int COPY_BYTES = 16 * 1024;
    static final int REGION_BYTES = 2 * COPY_BYTES;

    private static final long MAGIC = 0x676176656C534547L;
    private static final int FORMAT_VERSION = 2;
    private static final int FIXED_BYTES = 8 + 2 + 4 + 4 + 1 + 4;

    /// The whole region in front of the records.
    ByteBuffer encode() {
        ByteBuffer region = ByteBuffer.allocate(REGION_BYTES);
        ByteBuffer body = ByteBuffer.allocate(REGION_BYTES);
        putBody(body);
        body.flip();
        Invariants.check(
                FIXED_BYTES + body.remaining() + 4 <= COPY_BYTES,
                "configurations and peers fit into a segment header",
                body.remaining(),
                COPY_BYTES);
        for (int copy = 0; copy < 2; copy++) {
            int start = copy * COPY_BYTES;
            region.position(start);
            region.putLong(MAGIC)
                    .putShort((short) FORMAT_VERSION)
                    .putInt(0)
                    .putInt(0)
                    .put((byte) 0);
            region.putInt(body.remaining()).put(body.duplicate());
            region.putInt(checksum(region, start, region.position() - start));
        }
        return region.clear();
    }

    /// The header at the start of `region` from whichever copy is intact; null when none is.
    /// Throws [StorageRefusedException] for an intact header of a newer version.
    static @Nullable SegmentHeader decode(ByteBuffer region) throws StorageRefusedException {
        for (int copy = 0; copy < 2; copy++) {
            int start = copy * COPY_BYTES;
            if (region.limit() < start + COPY_BYTES || region.getLong(start) != MAGIC) {
                continue;
            }
            int bodyLength = region.getInt(start + FIXED_BYTES - 4);
            int length = FIXED_BYTES + bodyLength;
            if (bodyLength < 0
                    || length + 4 > COPY_BYTES
                    || region.getInt(start + length) != checksum(region, start, length)) {
                continue;
            }
            requireUnderstood(region, start);
            return body(region.slice(start + FIXED_BYTES, bodyLength));
        }
        return null;
    }

    private static void requireUnderstood(ByteBuffer region, int start) throws StorageRefusedException {
        int version = region.getShort(start + 8);
        int flags = region.getInt(start + 10);
        int keyId = region.getInt(start + 14);
        int codec = region.get(start + 18);
        if (version != FORMAT_VERSION || flags != 0 || keyId != 0 || codec != 0) {
            throw new StorageRefusedException(
                    "journal segment format",
                    "version " + FORMAT_VERSION + " without flags, key or codec",
                    "version " + version + ", flags " + flags + ", key " + keyId + ", codec " + codec);
        }
    }

    private void putBody(ByteBuffer out) {
        out.putLong(clusterId.high()).putLong(clusterId.low());
        out.putLong(uuid.high()).putLong(uuid.low());
        out.putLong(key.number()).putLong(key.salt());
        out.putLong(firstBatch).putLong(precedingBatch);
        putHardState(out, state.hardState);
        putEntryId(out, state.base);
        putEntryId(out, state.last);
        out.putLong(state.highestIndex).putLong(state.repairUntil);
        out.putLong(state.bootCount).putInt(state.nonces.size());
        state.nonces.forEach(out::putLong);
        putBytes(out, ConfigurationCodec.encode(state.baseConfiguration));
        // Only the newest: the others are in entries that the segments before still hold.
        Entry newest = state.configurationAt(Long.MAX_VALUE);
        putEntryId(out, newest == null ? EntryId.ZERO : newest.id());
        putBytes(out, newest == null ? new byte[0] : newest.payload().bytes());
        out.putInt(state.peers.size());
        for (PeerBoot peer : state.peers) {
            Batch.PeerRecord.put(out, peer);
        }
    }

    private static SegmentHeader body(ByteBuffer in) {
        ClusterId clusterId = new ClusterId(in.getLong(), in.getLong());
        MemberUuid uuid = new MemberUuid(in.getLong(), in.getLong());
        JournalRecord.SegmentKey key = new JournalRecord.SegmentKey(in.getLong(), in.getLong());
        long firstBatch = in.getLong();
        long precedingBatch = in.getLong();
        HardState hardState = hardState(in);
        EntryId base = entryId(in);
        EntryId last = entryId(in);
        long highestIndex = in.getLong();
        long repairUntil = in.getLong();
        long bootCount = in.getLong();
        List<Long> nonces = new ArrayList<>();
        for (int i = in.getInt(); i > 0; i--) {
            nonces.add(in.getLong());
        }
        Configuration baseConfiguration = ConfigurationCodec.decode(bytes(in));
        EntryId newestAt = entryId(in);
        byte[] newest = bytes(in);
        List<PeerBoot> peers = new ArrayList<>();
        for (int i = in.getInt(); i > 0; i--) {
            peers.add(Batch.PeerRecord.read(in));
        }
        JournalState state = new JournalState(baseConfiguration);
        state.hardState = hardState;
        state.base = base;
        state.last = last;
        state.highestIndex = highestIndex;
        state.repairUntil = repairUntil;
        state.bootCount = bootCount;
        state.nonces = List.copyOf(nonces);
        state.peers = List.copyOf(peers);
        if (newest.length > 0) {
            state.configurations = List.of(new Entry(newestAt, EntryKind.CONFIGURATION, Payload.wrap(newest)));
        }
        return new SegmentHeader(clusterId, uuid, key, firstBatch, precedingBatch, state);
    }

    static void putHardState(ByteBuffer out, HardState hardState) {
        NodeId votedFor = hardState.votedFor();
        out.putLong(hardState.currentTerm()).putInt(votedFor == null ? 0 : votedFor.value());
    }

    static HardState hardState(ByteBuffer in) {
        return hardState(in.getLong(), in.getInt());
    }

    static HardState hardState(long term, long votedFor) {
        return new HardState(term, votedFor == 0 ? null : new NodeId((int) votedFor));
    }

    static void putEntryId(ByteBuffer out, EntryId id) {
        out.putLong(id.term()).putLong(id.index());
    }

    static EntryId entryId(ByteBuffer in) {
        return new EntryId(in.getLong(), in.getLong());
    }

    private static void putBytes(ByteBuffer out, byte[] bytes) {
        out.putInt(bytes.length).put(bytes);
    }

    private static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[in.getInt()];
        in.get(bytes);
        return bytes;
    }

    private static int checksum(ByteBuffer region, int start, int length) {
        CRC32C crc = new CRC32C();
        crc.update(region.slice(start, length));
        return (int) crc.getValue();
    }
}
