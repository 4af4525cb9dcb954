package io.gavel.server.snapshot;

import io.gavel.raft.SnapshotMeta;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.snapshot.SnapshotManifest.Content;
import io.gavel.server.snapshot.SnapshotManifest.Origin;
import io.gavel.server.storage.CorruptStorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.mapdb.Serializer;
import org.mapdb.SortedTableMap;

/// Writes one snapshot file, records in key order, and forces it.
///
/// A prepared restore (rule 11) is written the same way: with another origin, from a source that rewrites records.
public final class SnapshotWriter implements RecordSink {
    /// Larger values are stored as consecutive parts, so that a node of 32 entries always fits into a page.
    static final int MAX_PART_BYTES = 8 * 1024;
    /// A key doubles at most by escaping; then 32 of them and 32 parts still fit into a page.
    static final int MAX_KEY_BYTES = 8 * 1024;
    /// MapDB never sees a table beyond this.
    static final long MAX_TABLE_BYTES = 1L << 30;
    /// Forced so often, a large snapshot does not pile up work in front of the journal's next force.
    private static final long FORCE_EVERY_BYTES = 16L << 20;

    private final DiskFile file;
    private final long maxTableBytes;
    private final List<Integer> tablePages = new ArrayList<>();
    private final List<Integer> pageSums = new ArrayList<>();
    private byte @Nullable [] lastKey;
    private long records;
    private long unforced;
    private WritingVolume volume;
    private SortedTableMap.Sink<byte[], byte[]> table;

    private SnapshotWriter(DiskFile file, long maxTableBytes) throws IOException {
        this.file = file;
        this.maxTableBytes = maxTableBytes;
        file.write(0, SnapshotFile.header());
        this.volume = new WritingVolume();
        this.table = sink(volume);
    }

    /// Writes everything that `source` yields into the empty `file` and forces it.
    /// [io.gavel.server.storage.DiskFullException] when there is no space; the file is then to be deleted.
    public static SnapshotManifest write(DiskFile file, SnapshotMeta meta, Origin origin, RecordSource source)
            throws IOException {
        return write(file, meta, origin, source, MAX_TABLE_BYTES);
    }

    static SnapshotManifest write(
            DiskFile file, SnapshotMeta meta, Origin origin, RecordSource source, long maxTableBytes)
            throws IOException {
        SnapshotWriter writer = new SnapshotWriter(file, maxTableBytes);
        source.forEach(writer);
        return writer.finish(meta, origin);
    }

    @Override
    public void put(byte[] key, byte[] value) throws IOException {
        if (key.length > MAX_KEY_BYTES) {
            throw new IllegalArgumentException("snapshot key of " + key.length + " bytes exceeds " + MAX_KEY_BYTES);
        }
        if (lastKey != null && Arrays.compareUnsigned(lastKey, key) >= 0) {
            throw new IllegalArgumentException("snapshot keys must ascend strictly");
        }
        lastKey = key;
        records++;
        try {
            int part = 0;
            int from = 0;
            do {
                int to = Math.min(value.length, from + MAX_PART_BYTES);
                table.put(PartKey.encode(key, part), Arrays.copyOfRange(value, from, to));
                part++;
                from = to;
            } while (from < value.length);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (volume.length() >= maxTableBytes) {
            endTable();
            volume = new WritingVolume();
            table = sink(volume);
        }
    }

    private SnapshotManifest finish(SnapshotMeta meta, Origin origin) throws IOException {
        endTable();
        file.force(true);
        Content content = new Content(records, List.copyOf(tablePages), List.copyOf(pageSums), readBack());
        SnapshotManifest manifest = new SnapshotManifest(meta, origin, content);
        byte[] encoded = manifest.encode();
        long at = SnapshotFile.HEADER_BYTES + content.bytes();
        file.write(at, ByteBuffer.wrap(encoded));
        file.write(at + encoded.length, SnapshotFile.trailer(at, encoded));
        file.force(true);
        return manifest;
    }

    private void endTable() throws IOException {
        try {
            table.create();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        volume.end();
        tablePages.add(pageSums.size() - volume.firstPage);
    }

    /// Hashes what the file holds now, and checks it against the checksums of what was meant to be written.
    private String readBack() throws IOException {
        MessageDigest sha256 = SnapshotFile.sha256();
        ByteBuffer page = ByteBuffer.allocate(SnapshotFile.PAGE_BYTES);
        for (int i = 0; i < pageSums.size(); i++) {
            page.clear();
            file.read(SnapshotFile.pageOffset(i), page);
            if (crc(page.flip()) != pageSums.get(i)) {
                throw new CorruptStorageException("snapshot page " + i + " reads otherwise than it was written");
            }
            sha256.update(page);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static SortedTableMap.Sink<byte[], byte[]> sink(TableVolume volume) {
        return SortedTableMap.create(volume, Serializer.BYTE_ARRAY, Serializer.BYTE_ARRAY)
                .pageSize(SnapshotFile.PAGE_BYTES)
                .createFromSink();
    }

    static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }

    /// Appends whole pages to the file. The first page stays in memory until the end, because MapDB completes it last.
    private final class WritingVolume extends TableVolume {
        private final int firstPage = pageSums.size();
        private final ByteBuffer first = ByteBuffer.allocate(SnapshotFile.PAGE_BYTES);
        private int pages = 1;

        WritingVolume() {
            pageSums.add(0);
        }

        void end() throws IOException {
            pageSums.set(firstPage, crc(first.clear()));
            file.write(SnapshotFile.pageOffset(firstPage), first);
        }

        @Override
        void write(long offset, ByteBuffer bytes) throws IOException {
            if (offset < SnapshotFile.PAGE_BYTES) {
                first.put((int) offset, bytes, bytes.position(), bytes.remaining());
                return;
            }
            pageSums.add(crc(bytes));
            pages++;
            unforced += bytes.remaining();
            file.write(SnapshotFile.pageOffset(firstPage) + offset, bytes);
            if (unforced >= FORCE_EVERY_BYTES) {
                file.force(false);
                unforced = 0;
            }
        }

        @Override
        ByteBuffer read(long offset, int length) throws IOException {
            if (offset < SnapshotFile.PAGE_BYTES) {
                return first.slice((int) offset, length);
            }
            ByteBuffer bytes = ByteBuffer.allocate(length);
            file.read(SnapshotFile.pageOffset(firstPage) + offset, bytes);
            return bytes.flip();
        }

        @Override
        public long length() {
            return (long) pages * SnapshotFile.PAGE_BYTES;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }
    }
}
