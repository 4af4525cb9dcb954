package io.gavel.server.storage;

import io.gavel.server.disk.Disk;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.StorageRefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A small file of the data directory that is replaced as a whole: a header, a body and a checksum over both.
///
/// @param name in the data directory
/// @param magic the first eight bytes: which file this is
/// @param version of the body's layout
/// @param maxBodyBytes what a body may have
public record CheckedFile(String name, long magic, short version, int maxBodyBytes) {
    private static final int HEADER_BYTES = 8 + 2 + 4 + 4 + 1;

    /// The body, or null if there is no such file.
    ///
    /// Throws [CorruptStorageException] when it is damaged, [StorageRefusedException] when its version is another.
    public @Nullable ByteBuffer read(Disk disk) throws IOException {
        if (!disk.exists(name)) {
            return null;
        }
        ByteBuffer in = ByteBuffer.allocate(HEADER_BYTES + maxBodyBytes + Integer.BYTES);
        try (DiskFile file = disk.open(name)) {
            file.read(0, in);
        }
        in.flip();
        int bodyEnd = in.limit() - Integer.BYTES;
        if (bodyEnd < HEADER_BYTES || in.getInt(bodyEnd) != checksum(in, bodyEnd) || in.getLong() != magic) {
            throw new CorruptStorageException(name + ": checksum does not match");
        }
        int found = in.getShort();
        int flags = in.getInt();
        int keyId = in.getInt();
        int codec = in.get();
        if (found != version || flags != 0 || keyId != 0 || codec != 0) {
            throw new StorageRefusedException(
                    name + " format",
                    "version " + version + " without flags",
                    "version " + found + ", flags " + flags + ", key " + keyId + ", codec " + codec);
        }
        return in.limit(bodyEnd).slice();
    }

    /// Makes this the body of the file, durably: after a crash it has the old one or the new one.
    public void write(Disk disk, ByteBuffer body) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + body.remaining() + Integer.BYTES);
        // Must-understand flags, key id and codec are 0 (rule 37).
        out.putLong(magic).putShort(version).putInt(0).putInt(0).put((byte) 0);
        out.put(body);
        out.putInt(checksum(out, out.position())).flip();
        String temporary = name + ".tmp";
        disk.delete(temporary);
        try (DiskFile file = disk.create(temporary)) {
            file.write(0, out);
            file.force(true);
        }
        disk.rename(temporary, name);
        disk.syncDirectory("");
    }

    private static int checksum(ByteBuffer buffer, int length) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.slice(0, length));
        return (int) crc.getValue();
    }
}
