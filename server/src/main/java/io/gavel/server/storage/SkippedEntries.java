package io.gavel.server.storage;

import io.gavel.server.disk.Disk;
import io.gavel.server.disk.StorageRefusedException;
import io.gavel.server.entry.EntryHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The entries that an operator told this member not to apply, because no member can (rule 34). Immutable.
public final class SkippedEntries {
    public static final SkippedEntries NONE = new SkippedEntries(Collections.emptySortedMap());

    private static final int RECORD_BYTES = Long.BYTES + EntryHash.BYTES;
    private static final int MAX_ENTRIES = 1_000;
    private static final CheckedFile FILE = new CheckedFile(
            "skipped-entries", 0x676176656C534B31L, (short) 1, Integer.BYTES + MAX_ENTRIES * RECORD_BYTES);

    private final SortedMap<Long, EntryHash> hashes;

    private SkippedEntries(SortedMap<Long, EntryHash> hashes) {
        this.hashes = hashes;
    }

    /// What the data directory says; [CorruptStorageException] when the file is damaged, [StorageRefusedException]
    /// when it is of a newer version.
    public static SkippedEntries read(Disk disk) throws IOException {
        ByteBuffer in = FILE.read(disk);
        if (in == null) {
            return NONE;
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
        ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + hashes.size() * RECORD_BYTES);
        out.putInt(hashes.size());
        hashes.forEach((index, hash) -> out.putLong(index).put(hash.bytes()));
        FILE.write(disk, out.flip());
    }
}
