package io.gavel.server.consensus;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gavel.raft.EntryId;
import io.gavel.raft.SnapshotMeta;
import io.gavel.server.snapshot.SnapshotFile;
import io.gavel.server.transport.SnapshotSending;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/// A snapshot file as the transport reads it. Confined to the bulk agent.
final class SnapshotSource implements SnapshotSending.Source {
    private final SnapshotFile file;
    private final long term;
    private final long length;
    private boolean closed;

    /// Takes the file over; closing this closes it.
    SnapshotSource(SnapshotFile file, long term) throws IOException {
        this.file = file;
        this.term = term;
        this.length = file.length();
    }

    SnapshotMeta meta() {
        return file.manifest().meta();
    }

    @Override
    public EntryId lastIncluded() {
        return meta().lastIncluded();
    }

    @Override
    public long term() {
        return term;
    }

    @Override
    public ByteString manifest() {
        return ByteString.copyFromUtf8(file.manifestHash());
    }

    @Override
    public long fileBytes() {
        return length;
    }

    @Override
    public ByteString read(long offset, int limit) throws IOException {
        ByteBuffer target = ByteBuffer.allocate((int) Math.min(limit, length - offset));
        if (target.hasRemaining()) {
            file.read(offset, target);
        }
        return UnsafeByteOperations.unsafeWrap(target.flip());
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing a snapshot", e);
        }
    }
}
