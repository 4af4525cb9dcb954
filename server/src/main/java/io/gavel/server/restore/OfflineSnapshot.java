package io.gavel.server.restore;

import io.gavel.server.disk.FileDisk;
import io.gavel.server.disk.StorageRefusedException;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.snapshot.RecordSource;
import io.gavel.server.snapshot.SnapshotFile;
import io.gavel.server.snapshot.SnapshotManifest;
import io.gavel.server.state.StateMachine;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.storage.CorruptStorageException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/// A snapshot file outside of any data directory, every byte of which matches its checksums. Not thread-safe.
public final class OfflineSnapshot implements RecordSource, Closeable {
    /// The file is not what a member would take for a snapshot; the message says why.
    public static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        DamagedException(String message) {
            super(message);
        }
    }

    private final SnapshotFile file;

    private OfflineSnapshot(SnapshotFile file) {
        this.file = file;
    }

    /// Opens the file and verifies its bytes.
    ///
    /// @throws DamagedException if they are damaged, incomplete or of a newer format
    public static OfflineSnapshot open(Path path) throws IOException {
        try {
            return new OfflineSnapshot(SnapshotFile.open(FileDisk.openFile(path)));
        } catch (CorruptStorageException | StorageRefusedException refused) {
            throw new DamagedException(String.valueOf(refused.getMessage()));
        }
    }

    /// Rebuilds the state in memory and compares its digest with the one that the cluster computed (rule 31).
    ///
    /// @throws DamagedException if they differ or the records make no state
    public void verifyState() throws IOException {
        DigestValue computed;
        try {
            computed = StateMachine.restore(new SilentListener(), file).digest();
        } catch (CorruptStorageException | RuntimeException notAState) {
            throw new DamagedException("the records make no state: " + notAState.getMessage());
        }
        if (!computed.toString().equals(digest())) {
            throw new DamagedException("the state has digest " + computed + ", the file says " + digest());
        }
    }

    /// What the file says about itself.
    public SnapshotManifest manifest() {
        return file.manifest();
    }

    /// The digest of the state, hexadecimal.
    public String digest() {
        SnapshotManifest.Digest digest = manifest().origin().digest();
        return new DigestValue(digest.high(), digest.low()).toString();
    }

    /// Bytes of the file.
    public long length() throws IOException {
        return file.length();
    }

    @Override
    public void forEach(RecordSink sink) throws IOException {
        file.forEach(sink);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
