package io.gavel.server.snapshot;

import io.gavel.raft.EntryId;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.storage.CorruptStorageException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A snapshot that a peer sends piece by piece; nobody sees it before it is whole and verified.
///
/// Confined to one thread.
public final class IncomingSnapshot implements Closeable {
    private final SnapshotStore store;
    private final String temporaryName;
    private final DiskFile file;
    private final SnapshotName name;
    private long received;
    private boolean ended;

    IncomingSnapshot(SnapshotStore store, String temporaryName, DiskFile file, SnapshotName name) {
        this.store = store;
        this.temporaryName = temporaryName;
        this.file = file;
        this.name = name;
    }

    /// Which snapshot this is to become.
    public SnapshotName name() {
        return name;
    }

    /// How many bytes are here; the next piece must begin there.
    public long received() {
        return received;
    }

    /// Whether all bytes are here.
    public boolean isComplete() {
        return received == name.length();
    }

    /// Takes a piece; false = it is of another snapshot, does not begin where the last one ended, or is too long.
    public boolean accept(SnapshotName of, long position, ByteBuffer bytes) throws IOException {
        if (ended || !of.equals(name) || position != received || bytes.remaining() > name.length() - received) {
            return false;
        }
        int length = bytes.remaining();
        file.write(position, bytes);
        received += length;
        return true;
    }

    /// Verifies the whole file and makes it one of the store's, durably. The caller closes the result.
    /// [CorruptStorageException] when it is damaged or not the one that was named; it is then deleted.
    public SnapshotFile finish() throws IOException {
        if (!isComplete()) {
            throw new IllegalStateException("snapshot has " + received + " of " + name.length() + " bytes");
        }
        ended = true;
        try {
            file.force(true);
            SnapshotFile verified = SnapshotFile.open(file);
            EntryId lastIncluded = verified.manifest().meta().lastIncluded();
            if (!verified.manifestHash().equals(name.manifestHash()) || !lastIncluded.equals(name.lastIncluded())) {
                verified.close();
                throw new CorruptStorageException("snapshot: received " + lastIncluded + " instead of " + name);
            }
            store.install(temporaryName, lastIncluded);
            return verified;
        } catch (CorruptStorageException e) {
            store.discard(temporaryName);
            throw e;
        }
    }

    /// Gives the transfer up, unless it was finished.
    @Override
    public void close() throws IOException {
        if (!ended) {
            ended = true;
            file.close();
            store.discard(temporaryName);
        }
    }
}
