package io.gavel.server.storage;

import io.gavel.server.disk.Disk;
import io.gavel.server.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Small files of the data directory that are replaced as a whole.
public final class AtomicFile {
    private AtomicFile() {}

    /// Makes this the content of the file, durably: after a crash it has the old content or the new one.
    public static void replace(Disk disk, String name, ByteBuffer content) throws IOException {
        String temporary = name + ".tmp";
        disk.delete(temporary);
        try (DiskFile file = disk.create(temporary)) {
            file.write(0, content);
            file.force(true);
        }
        disk.rename(temporary, name);
        disk.syncDirectory("");
    }
}
