package io.gavel.server.storage;

import io.gavel.server.disk.Disk;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.StorageRefusedException;
import io.gavel.server.entry.EntryHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The entries that an operator told this member not to apply, because no member can (rule 34). Immutable.
public final class SkippedEntries {
    public static final SkippedEntries NONE = new SkippedEntries(Collections.emptySortedMap());

    private static final String NAME = "skipped-entries";
    private static final long MAGIC = 0x676176656C534B31L;
    private static final short FORMAT_VERSION = 1;
    private static final int HEADER_BYTES = 8 + 2 + 4 + 4 + 1 + 4;
    private static final int RECORD_BYTES = Long.BYTES + EntryHash.BYTES;
    private static final int MAX_ENTRIES = 1_000;
    private static final int MAX_BYTES = HEADER_BYTES + MAX_ENTRIES * RECORD_BYTES + Integer.BYTES;

    private final SortedMap<Long, EntryHash> hashes;

    private SkippedEntries(SortedMap<Long, EntryHash> hashes) {
        this.hashes = hashes;
    }

    /// What the data directory says; [CorruptStorageException] when the file is damaged or of a newer version.
    public static SkippedEntries read(Disk disk) throws IOException {
        if (!disk.exists(NAME)) {
            return NONE;
        }
        ByteBuffer in = ByteBuffer.allocate(MAX_BYTES);
        try (DiskFile file = disk.open(NAME)) {
            file.read(0, in);
        }
        in.flip();
        int body = in.limit() - Integer.BYTES;
        if (body < HEADER_BYTES || in.getInt(body) != checksum(in, body) || in.getLong() != MAGIC) {
            throw new CorruptStorageException(NAME + ": checksum does not match");
        }
        short version = in.getShort();
        if (version != FORMAT_VERSION || in.getInt() != 0 || in.getInt() != 0 || in.get() != 0) {
            throw new CorruptStorageException(NAME + ": format " + version + " or its flags are not known");
        }
        SortedMap<Long, EntryHash> hashes = new TreeMap<>();
        for (int left = in.getInt(); left > 0; left--) {
            long index = in.getLong();
            byte[] hash = new byte[EntryHash.BYTES];
            in.get(hash);
            hashes.put(index, EntryHash.ofBytes(hash));
        }
        return new SkippedEntries(hashes);
    }

    /// Adds one; the same one twice is one.
    ///
    /// @throws StorageRefusedException if another entry is named at that index, or too many are
    public SkippedEntries with(long index, EntryHash hash) throws StorageRefusedException {
        EntryHash named = hashes.get(index);
        if (named != null && !named.equals(hash)) {
            throw new StorageRefusedException("entry to skip at index " + index, named.toString(), hash.toString());
        }
        if (named == null && hashes.size() == MAX_ENTRIES) {
            throw new StorageRefusedException("entries to skip", "at most " + MAX_ENTRIES, "one more");
        }
        SortedMap<Long, EntryHash> more = new TreeMap<>(hashes);
        more.put(index, hash);
        return new SkippedEntries(more);
    }

    /// The entry to skip at that index; null = none.
    public @Nullable EntryHash at(long index) {
        return hashes.get(index);
    }

    public void write(Disk disk) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(MAX_BYTES);
        // Must-understand flags, key id and codec are 0 (rule 37).
        out.putLong(MAGIC).putShort(FORMAT_VERSION).putInt(0).putInt(0).put((byte) 0);
        out.putInt(hashes.size());
        hashes.forEach((index, hash) -> out.putLong(index).put(hash.bytes()));
        out.putInt(checksum(out, out.position()));
        AtomicFile.replace(disk, NAME, out.flip());
    }

    private static int checksum(ByteBuffer buffer, int length) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.duplicate().position(0).limit(length));
        return (int) crc.getValue();
    }
}
