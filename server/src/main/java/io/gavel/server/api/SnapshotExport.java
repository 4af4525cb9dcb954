package io.gavel.server.api;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SnapshotHeader;
import java.io.IOException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Gives out consistent snapshot files, taken for the purpose: each holds whatever this member had applied before.
@FunctionalInterface
public interface SnapshotExport {
    /// Opens a snapshot; `done` hears it, or the reason why there is none, once, from any thread.
    void open(BiConsumer<@Nullable OpenSnapshot, @Nullable Error> done);

    /// An open snapshot file; for one reader, who closes it.
    interface OpenSnapshot extends AutoCloseable {
        SnapshotHeader header();

        /// The next bytes, at most `limit`; empty at the end. May block on the disk.
        ///
        /// @throws IOException when the file cannot be read or turns out to be damaged
        byte[] next(int limit) throws IOException;

        @Override
        void close();
    }
}
