package io.gavel.server.snapshot;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.mapdb.DataInput2;
import org.mapdb.volume.Volume;

/// One table of a snapshot file as MapDB wants to see it: a range of bytes from 0, of whole pages.
///
/// MapDB's own volumes map files into memory or open them by name; this one goes through the disk port, so that
/// errors surface where they happen and the simulator sees every access.
abstract class TableVolume extends Volume {

    /// The bytes at this place, from the start of the returned buffer.
    abstract ByteBuffer read(long offset, int length) throws IOException;

    /// Puts the bytes at this place of the table.
    abstract void write(long offset, ByteBuffer bytes) throws IOException;

    private ByteBuffer bytes(long offset, int length) {
        try {
            return read(offset, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void put(long offset, ByteBuffer bytes) {
        try {
            write(offset, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void putLong(long offset, long value) {
        put(offset, ByteBuffer.allocate(Long.BYTES).putLong(value).flip());
    }

    @Override
    public void putInt(long offset, int value) {
        put(offset, ByteBuffer.allocate(Integer.BYTES).putInt(value).flip());
    }

    @Override
    public void putByte(long offset, byte value) {
        put(offset, ByteBuffer.allocate(1).put(value).flip());
    }

    @Override
    public void putData(long offset, byte[] source, int from, int length) {
        put(offset, ByteBuffer.wrap(source, from, length));
    }

    @Override
    public void putData(long offset, ByteBuffer source) {
        put(offset, source);
    }

    @Override
    public long getLong(long offset) {
        return bytes(offset, Long.BYTES).getLong();
    }

    @Override
    public int getInt(long offset) {
        return bytes(offset, Integer.BYTES).getInt();
    }

    @Override
    public byte getByte(long offset) {
        return bytes(offset, 1).get();
    }

    @Override
    public DataInput2 getDataInput(long offset, int length) {
        byte[] copy = new byte[length];
        bytes(offset, length).get(copy);
        return new DataInput2.ByteArray(copy);
    }

    @Override
    public void getData(long offset, byte[] target, int from, int length) {
        bytes(offset, length).get(target, from, length);
    }

    @Override
    public void ensureAvailable(long offset) {
        // The file grows as it is written.
    }

    @Override
    public void truncate(long length) {
        throw new UnsupportedOperationException("a table is written once");
    }

    @Override
    public void clear(long from, long to) {
        throw new UnsupportedOperationException("a table is written once");
    }

    @Override
    public void sync() {
        // The owner of the file forces it when all tables are written.
    }

    @Override
    public void close() {
        // The owner of the file closes it.
    }

    @Override
    public int sliceSize() {
        return -1;
    }

    @Override
    public boolean isSliced() {
        return false;
    }

    @Override
    public @Nullable File getFile() {
        return null;
    }

    @Override
    public boolean getFileLocked() {
        return false;
    }
}
