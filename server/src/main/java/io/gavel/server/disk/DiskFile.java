package io.gavel.server.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// One open file of a [Disk]. One writer; readers may be on other threads.
public interface DiskFile extends Closeable {
    /// Writes all remaining bytes of `source` at `position`.
    void write(long position, ByteBuffer source) throws IOException;

    /// Reads until `target` is full or the file ends; returns how many bytes that were.
    int read(long position, ByteBuffer target) throws IOException;

    /// Writes zeros over the first `length` bytes, so that later writes there allocate nothing.
    /// Throws [DiskFullException] when there is no space for them.
    void preallocate(long length) throws IOException;

    /// Makes the bytes written so far durable, and the length when `metadata` is set.
    void force(boolean metadata) throws IOException;

    void truncate(long length) throws IOException;

    long length() throws IOException;
}
