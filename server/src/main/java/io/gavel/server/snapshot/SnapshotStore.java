package io.gavel.server.snapshot;

import io.gavel.raft.EntryId;
import io.gavel.raft.SnapshotMeta;
import io.gavel.server.disk.Disk;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.DiskFullException;
import io.gavel.server.storage.CorruptStorageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The snapshots of one member: written under a temporary name, forced, renamed, never changed.
///
/// The two newest are kept, so that damage to one is survived. One writer at a time; safe for several threads.
public final class SnapshotStore {
    static final String DIRECTORY = "snapshots";
    private static final String SUFFIX = ".snapshot";
    private static final String TEMPORARY_SUFFIX = ".tmp";
    private static final int KEPT = 2;

    private final Disk disk;
    private final long maxTableBytes;
    private final AtomicLong temporaryNames = new AtomicLong();
    private volatile long newestBytes;
    private boolean sealed;

    /// What was found when the newest usable snapshot was looked for.
    ///
    /// @param newest  verified and open, for the caller to close; null = there is none
    /// @param damaged what is wrong with newer ones, which were passed over
    public record Found(@Nullable SnapshotFile newest, List<String> damaged) {}

    private SnapshotStore(Disk disk, long maxTableBytes) {
        this.disk = disk;
        this.maxTableBytes = maxTableBytes;
    }

    /// Opens the store of a data directory and removes what interrupted writers left.
    ///
    /// What it then finds is durable: a process that was killed between the rename of a snapshot and the sync
    /// of its directory leaves a name that a loss of power would take away again, with the log behind it gone
    /// (rule 22).
    public static SnapshotStore open(Disk disk) throws IOException {
        return open(disk, SnapshotWriter.MAX_TABLE_BYTES);
    }

    static SnapshotStore open(Disk disk, long maxTableBytes) throws IOException {
        disk.createDirectory(DIRECTORY);
        disk.syncDirectory("");
        for (String name : disk.list(DIRECTORY)) {
            if (name.endsWith(TEMPORARY_SUFFIX)) {
                disk.delete(DIRECTORY + "/" + name);
            }
        }
        disk.syncDirectory(DIRECTORY);
        SnapshotStore store = new SnapshotStore(disk, maxTableBytes);
        store.measureNewest();
        return store;
    }

    /// Writes a snapshot and makes it durable; older ones than the two newest are deleted.
    /// [DiskFullException] when there is no space; then nothing has changed.
    public SnapshotManifest take(SnapshotMeta meta, SnapshotManifest.Origin origin, RecordSource source)
            throws IOException {
        String temporaryName = temporaryName("taking");
        try (DiskFile file = disk.create(temporaryName)) {
            SnapshotManifest manifest = SnapshotWriter.write(file, meta, origin, source, maxTableBytes);
            install(temporaryName, meta.lastIncluded());
            return manifest;
        } catch (DiskFullException e) {
            discard(temporaryName);
            throw e;
        }
    }

    /// Verifies snapshots, the newest first, until one is intact.
    public Found newest() throws IOException {
        List<String> damaged = new ArrayList<>();
        for (String name : names()) {
            try {
                return new Found(SnapshotFile.open(disk.open(name)), List.copyOf(damaged));
            } catch (CorruptStorageException e) {
                damaged.add(name + ": " + e.getMessage());
            }
        }
        return new Found(null, List.copyOf(damaged));
    }

    /// The snapshot that ends at that entry, verified and open, for the caller to close; [CorruptStorageException] when
    /// it is damaged.
    public SnapshotFile endingAt(EntryId lastIncluded) throws IOException {
        return SnapshotFile.open(disk.open(nameOf(lastIncluded)));
    }

    /// Begins to receive a snapshot. [DiskFullException] when there is no space for it; then nothing has changed.
    public IncomingSnapshot receive(SnapshotName name) throws IOException {
        String temporaryName = temporaryName("receiving");
        DiskFile file = disk.create(temporaryName);
        try {
            file.preallocate(name.length());
            return new IncomingSnapshot(this, temporaryName, file, name);
        } catch (DiskFullException e) {
            file.close();
            discard(temporaryName);
            throw e;
        }
    }

    /// The last included entries of the snapshots at hand, newest first; they are not verified.
    public List<EntryId> listed() throws IOException {
        return names().stream().map(SnapshotStore::entryIdOf).toList();
    }

    /// Deletes the snapshots of states after `index` durably and takes no more: this member's state diverged
    /// from the others' somewhere after it, and a damaged state must not come back with the next start (rule
    /// 31).
    public synchronized void distrustAfter(long index) throws IOException {
        sealed = true;
        for (EntryId id : listed()) {
            if (id.index() > index) {
                disk.delete(nameOf(id));
            }
        }
        disk.syncDirectory(DIRECTORY);
    }

    /// Size of the newest snapshot; 0 = there is none. Any thread.
    public long newestBytes() {
        return newestBytes;
    }

    private void measureNewest() throws IOException {
        List<String> names = names();
        if (!names.isEmpty()) {
            try (DiskFile newest = disk.open(names.getFirst())) {
                newestBytes = newest.length();
            }
        }
    }

    synchronized void install(String temporaryName, EntryId lastIncluded) throws IOException {
        if (sealed) {
            discard(temporaryName);
            throw new CorruptStorageException("no snapshot is kept after the state diverged");
        }
        disk.rename(temporaryName, nameOf(lastIncluded));
        disk.syncDirectory(DIRECTORY);
        List<String> names = names();
        if (names.size() > KEPT) {
            for (String old : names.subList(KEPT, names.size())) {
                disk.delete(old);
            }
            disk.syncDirectory(DIRECTORY);
        }
        measureNewest();
    }

    void discard(String name) throws IOException {
        disk.delete(name);
        disk.syncDirectory(DIRECTORY);
    }

    /// Newest first: by index, then by term.
    private List<String> names() throws IOException {
        return disk.list(DIRECTORY).stream()
                .filter(name -> name.endsWith(SUFFIX))
                .map(name -> DIRECTORY + "/" + name)
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    private String temporaryName(String purpose) {
        return DIRECTORY + "/" + purpose + "-" + temporaryNames.incrementAndGet() + TEMPORARY_SUFFIX;
    }

    private static String nameOf(EntryId id) {
        return DIRECTORY + "/" + String.format(Locale.ROOT, "%019d-%019d", id.index(), id.term()) + SUFFIX;
    }

    private static EntryId entryIdOf(String name) {
        int start = DIRECTORY.length() + 1;
        return new EntryId(
                Long.parseLong(name, start + 20, start + 39, 10), Long.parseLong(name, start, start + 19, 10));
    }
}
