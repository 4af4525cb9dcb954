package io.gavel.server.consensus;

import com.google.protobuf.ByteString;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.disk.DiskFullException;
import io.gavel.server.snapshot.IncomingSnapshot;
import io.gavel.server.snapshot.SnapshotName;
import io.gavel.server.snapshot.SnapshotStore;
import io.gavel.server.storage.CorruptStorageException;
import io.gavel.server.transport.SnapshotSink.Offer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Writes the parts of one arriving snapshot. Confined to the bulk agent.
///
/// A full disk or a damaged file is the transfer's problem and is told to the sender; any other error of the disk
/// halts the node.
final class SnapshotReception {
    private final SnapshotStore store;
    private final SnapshotName name;
    private @Nullable IncomingSnapshot incoming;
    private @Nullable String problem;

    SnapshotReception(SnapshotStore store, Offer offer) {
        this.store = store;
        this.name = new SnapshotName(offer.lastIncluded(), offer.manifest().toStringUtf8(), offer.fileBytes());
    }

    void onPart(long offset, ByteString content) {
        if (problem != null) {
            return;
        }
        try {
            IncomingSnapshot current = incoming;
            if (current == null) {
                current = store.receive(name);
                incoming = current;
            }
            if (!current.accept(name, offset, content.asReadOnlyByteBuffer())) {
                problem = "a part at " + offset + " does not continue the file at " + current.received();
            }
        } catch (DiskFullException e) {
            problem = "no space for a snapshot of " + name.length() + " bytes";
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// Verifies the file and makes it durable; null = it is whole, otherwise what is wrong.
    @Nullable
    String finish() {
        IncomingSnapshot current = incoming;
        if (problem == null && (current == null || !current.isComplete())) {
            problem = "the file ended early";
        }
        try {
            if (problem == null && current != null) {
                current.finish().close();
            } else {
                abort();
            }
        } catch (CorruptStorageException e) {
            problem = e.getMessage();
        } catch (IOException e) {
            throw failed(e);
        }
        return problem;
    }

    /// Takes no more of it and frees its space.
    void giveUp(String reason) {
        if (problem == null) {
            problem = reason;
        }
        abort();
    }

    void abort() {
        try {
            if (incoming != null) {
                incoming.close();
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static HaltException failed(IOException e) {
        return new HaltException(ExitCode.STORAGE_FAILED, "receiving a snapshot: " + e.getMessage(), e);
    }
}
