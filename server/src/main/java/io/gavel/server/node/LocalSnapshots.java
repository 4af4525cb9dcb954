package io.gavel.server.node;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.SnapshotHeader;
import io.gavel.raft.EntryId;
import io.gavel.raft.SnapshotMeta;
import io.gavel.server.api.SnapshotExport;
import io.gavel.server.consensus.ApplyAgent;
import io.gavel.server.consensus.BulkAgent;
import io.gavel.server.consensus.SnapshotDesk;
import io.gavel.server.entry.Refusals;
import io.gavel.server.snapshot.SnapshotFile;
import io.gavel.server.snapshot.SnapshotManifest;
import io.gavel.server.state.table.DigestValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Gives out this member's state as a snapshot file, taken for the purpose: it holds whatever was applied before.
final class LocalSnapshots implements SnapshotExport {
    private final ApplyAgent apply;
    private final SnapshotDesk desk;
    private final BulkAgent bulk;

    LocalSnapshots(ApplyAgent apply, SnapshotDesk desk, BulkAgent bulk) {
        this.apply = apply;
        this.desk = desk;
        this.bulk = bulk;
    }

    @Override
    public void open(BiConsumer<@Nullable OpenSnapshot, @Nullable Error> done) {
        if (!apply.submit(() -> apply.takeSnapshot((taken, problem) -> onTaken(taken, problem, done)))) {
            done.accept(null, busy());
        }
    }

    private void onTaken(
            @Nullable SnapshotMeta taken, String problem, BiConsumer<@Nullable OpenSnapshot, @Nullable Error> done) {
        if (taken == null) {
            done.accept(
                    null,
                    Refusals.notApplied(ErrorCode.UNAVAILABLE, "this member could take no snapshot: " + problem)
                            .build());
        } else if (!bulk.submit(() -> open(taken, done))) {
            done.accept(null, busy());
        }
    }

    private void open(SnapshotMeta taken, BiConsumer<@Nullable OpenSnapshot, @Nullable Error> done) {
        try {
            done.accept(new Exported(desk.taken(taken)), null);
        } catch (IOException e) {
            done.accept(
                    null,
                    Refusals.notApplied(ErrorCode.INTERNAL, "the snapshot cannot be read: " + e.getMessage())
                            .build());
        }
    }

    private static Error busy() {
        return Refusals.notApplied(ErrorCode.OVERLOADED, "too much waits to be done; try again later")
                .build();
    }

    private static final class Exported implements OpenSnapshot {
        private final SnapshotFile file;
        private final long length;
        private long position;

        Exported(SnapshotFile file) throws IOException {
            this.file = file;
            this.length = file.length();
        }

        @Override
        public SnapshotHeader header() {
            SnapshotManifest manifest = file.manifest();
            EntryId lastIncluded = manifest.meta().lastIncluded();
            SnapshotManifest.Digest digest = manifest.origin().digest();
            return SnapshotHeader.newBuilder()
                    .setTerm(lastIncluded.term())
                    .setIndex(lastIncluded.index())
                    .setRevision(manifest.origin().revision())
                    .setDigest(new DigestValue(digest.high(), digest.low()).toBytes())
                    .setBytes(length)
                    .build();
        }

        @Override
        public byte[] next(int limit) throws IOException {
            ByteBuffer target = ByteBuffer.allocate((int) Math.min(limit, length - position));
            if (target.hasRemaining()) {
                position += file.read(position, target);
            }
            byte[] bytes = new byte[target.flip().remaining()];
            target.get(bytes);
            return bytes;
        }

        @Override
        public void close() {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException("closing a snapshot", e);
            }
        }
    }
}
