package io.gavel.server.snapshot;

import io.gavel.server.disk.DiskFile;
import io.gavel.server.storage.CorruptStorageException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mapdb.Serializer;
import org.mapdb.SortedTableMap;

/// One verified snapshot file: header, MapDB tables of whole pages, manifest, trailer.
///
/// The file is complete in itself: the same bytes lie in a data directory, go to a peer and are exported. Everything
/// is verified before MapDB sees a byte, and each page again when MapDB asks for it, because MapDB's tables have no
/// checksums and answer wrongly when damaged. Safe to read from several threads through separate instances only.
public final class SnapshotFile implements RecordSource, Closeable {
    static final int PAGE_BYTES = 1 << 20;
    static final int HEADER_BYTES = 4096;
    static final int TRAILER_BYTES = 64;

    private static final long HEADER_MAGIC = 0x676176656C534E50L;
    private static final long TRAILER_MAGIC = 0x676176656C454E44L;
    private static final int HASH_BYTES = 32;

    private final DiskFile file;
    private final SnapshotManifest manifest;
    private final String manifestHash;

    private SnapshotFile(DiskFile file, SnapshotManifest manifest, String manifestHash) {
        this.file = file;
        this.manifest = manifest;
        this.manifestHash = manifestHash;
    }

    /// Verifies every byte of the file; it is closed when that fails.
    ///
    /// [CorruptStorageException] when anything is damaged or missing,
    /// [io.gavel.server.disk.StorageRefusedException] when the format is newer.
    public static SnapshotFile open(DiskFile file) throws IOException {
        try {
            Trailer trailer = trailer(file);
            SnapshotManifest manifest = manifest(trailer.manifest());
            verify(file, manifest, trailer.manifestOffset());
            return new SnapshotFile(file, manifest, trailer.hash());
        } catch (IOException e) {
            file.close();
            throw e;
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            file.close();
            throw new CorruptStorageException("snapshot: cannot be decoded", e);
        }
    }

    /// What the file says about itself.
    public SnapshotManifest manifest() {
        return manifest;
    }

    /// SHA-256 of the manifest, hexadecimal; with the last included entry it names the snapshot.
    public String manifestHash() {
        return manifestHash;
    }

    /// Bytes of the whole file.
    public long length() throws IOException {
        return file.length();
    }

    /// Bytes of the file as it is, for sending and exporting; fewer than asked for at the end.
    public int read(long position, ByteBuffer target) throws IOException {
        return file.read(position, target);
    }

    @Override
    public void forEach(RecordSink sink) throws IOException {
        long records = 0;
        int firstPage = 0;
        for (int pages : manifest.content().tablePages()) {
            records += forEachOf(new VerifiedVolume(firstPage, pages), sink);
            firstPage += pages;
        }
        if (records != manifest.content().records()) {
            throw new CorruptStorageException("snapshot: holds " + records + " records instead of "
                    + manifest.content().records());
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static long forEachOf(TableVolume volume, RecordSink sink) throws IOException {
        Iterator<Map.Entry<byte[], byte[]>> parts = parts(volume);
        long records = 0;
        byte @Nullable [] key = null;
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        int expectedPart = 0;
        for (Map.Entry<byte[], byte[]> part = next(parts); part != null; part = next(parts)) {
            int number = PartKey.part(part.getKey());
            if (number == 0) {
                if (key != null) {
                    sink.put(key, value.toByteArray());
                }
                key = PartKey.key(part.getKey());
                value.reset();
                expectedPart = 0;
                records++;
            }
            if (number != expectedPart) {
                throw new CorruptStorageException("snapshot: part " + number + " instead of " + expectedPart);
            }
            expectedPart++;
            value.writeBytes(part.getValue());
        }
        if (key != null) {
            sink.put(key, value.toByteArray());
        }
        return records;
    }

    private static Iterator<Map.Entry<byte[], byte[]>> parts(TableVolume volume) throws IOException {
        try {
            return SortedTableMap.open(volume, Serializer.BYTE_ARRAY, Serializer.BYTE_ARRAY)
                    .entryIterator();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (RuntimeException | AssertionError e) {
            throw new CorruptStorageException("snapshot: table cannot be opened", e);
        }
    }

    private static Map.@Nullable Entry<byte[], byte[]> next(Iterator<Map.Entry<byte[], byte[]>> parts)
            throws IOException {
        try {
            return parts.hasNext() ? parts.next() : null;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (RuntimeException | AssertionError e) {
            throw new CorruptStorageException("snapshot: table cannot be read", e);
        }
    }

    private static void verify(DiskFile file, SnapshotManifest manifest, long manifestOffset) throws IOException {
        SnapshotManifest.Content content = manifest.content();
        int pagesOfTables =
                content.tablePages().stream().mapToInt(Integer::intValue).sum();
        if (HEADER_BYTES + content.bytes() != manifestOffset
                || pagesOfTables != content.pageSums().size()) {
            throw new CorruptStorageException("snapshot: manifest does not fit the file");
        }
        ByteBuffer head = ByteBuffer.allocate(HEADER_BYTES);
        file.read(0, head);
        if (!head.flip().equals(header())) {
            throw new CorruptStorageException("snapshot: header is damaged");
        }
        MessageDigest sha256 = sha256();
        ByteBuffer page = ByteBuffer.allocate(PAGE_BYTES);
        for (int i = 0; i < content.pageSums().size(); i++) {
            readPage(file, content, i, page);
            sha256.update(page.duplicate());
        }
        if (!HexFormat.of().formatHex(sha256.digest()).equals(content.sha256())) {
            throw new CorruptStorageException("snapshot: SHA-256 of the tables does not match");
        }
    }

    private static void readPage(DiskFile file, SnapshotManifest.Content content, int number, ByteBuffer page)
            throws IOException {
        page.clear();
        file.read(pageOffset(number), page);
        if (SnapshotWriter.crc(page.flip()) != content.pageSums().get(number)) {
            throw new CorruptStorageException("snapshot: page " + number + " is damaged");
        }
    }

    private record Trailer(long manifestOffset, ByteBuffer manifest, String hash) {}

    private static Trailer trailer(DiskFile file) throws IOException {
        long at = file.length() - TRAILER_BYTES;
        ByteBuffer in = ByteBuffer.allocate(TRAILER_BYTES);
        if (at < HEADER_BYTES || file.read(at, in) < TRAILER_BYTES) {
            throw new CorruptStorageException("snapshot: file of " + file.length() + " bytes is too short");
        }
        in.flip();
        boolean intact = in.getInt(TRAILER_BYTES - 4) == SnapshotWriter.crc(in.slice(0, TRAILER_BYTES - 4));
        if (!intact || in.getLong() != TRAILER_MAGIC) {
            throw new CorruptStorageException("snapshot: trailer is damaged");
        }
        long manifestOffset = in.getLong();
        long manifestLength = at - manifestOffset;
        byte[] hash = new byte[HASH_BYTES];
        in.get(hash);
        if (manifestOffset < HEADER_BYTES || manifestLength < 0 || manifestLength > Integer.MAX_VALUE) {
            throw new CorruptStorageException("snapshot: trailer does not fit the file");
        }
        ByteBuffer manifest = ByteBuffer.allocate((int) manifestLength);
        file.read(manifestOffset, manifest);
        manifest.flip();
        MessageDigest sha256 = sha256();
        sha256.update(manifest.duplicate());
        if (!MessageDigest.isEqual(sha256.digest(), hash)) {
            throw new CorruptStorageException("snapshot: manifest is damaged");
        }
        return new Trailer(manifestOffset, manifest, HexFormat.of().formatHex(hash));
    }

    private static SnapshotManifest manifest(ByteBuffer bytes) throws IOException {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return SnapshotManifest.decode(copy);
    }

    static ByteBuffer header() {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putLong(HEADER_MAGIC).putShort((short) SnapshotManifest.FORMAT_VERSION);
        return header.clear();
    }

    static ByteBuffer trailer(long manifestOffset, byte[] manifest) {
        ByteBuffer trailer = ByteBuffer.allocate(TRAILER_BYTES);
        trailer.putLong(TRAILER_MAGIC).putLong(manifestOffset).put(sha256().digest(manifest));
        trailer.putInt(TRAILER_BYTES - 4, SnapshotWriter.crc(trailer.slice(0, TRAILER_BYTES - 4)));
        return trailer.clear();
    }

    static long pageOffset(int page) {
        return HEADER_BYTES + (long) page * PAGE_BYTES;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Hands MapDB pages whose checksum was right at the moment they were read; keeps the last one.
    private final class VerifiedVolume extends TableVolume {
        private final int firstPage;
        private final int pages;
        private final ByteBuffer page = ByteBuffer.allocate(PAGE_BYTES);
        private int loaded = -1;

        VerifiedVolume(int firstPage, int pages) {
            this.firstPage = firstPage;
            this.pages = pages;
        }

        @Override
        ByteBuffer read(long offset, int length) throws IOException {
            int number = (int) (offset / PAGE_BYTES);
            int within = (int) (offset % PAGE_BYTES);
            if (offset < 0 || number >= pages || length < 0 || within + length > PAGE_BYTES) {
                throw new CorruptStorageException("snapshot: table points outside of itself");
            }
            if (number != loaded) {
                loaded = -1;
                readPage(file, manifest.content(), firstPage + number, page);
                loaded = number;
            }
            return page.slice(within, length);
        }

        @Override
        void write(long offset, ByteBuffer bytes) {
            throw new UnsupportedOperationException("snapshots are read only");
        }

        @Override
        public long length() {
            return (long) pages * PAGE_BYTES;
        }

        @Override
        public boolean isReadOnly() {
            return true;
        }
    }
}
