package io.gavel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.FileDisk;
import io.gavel.server.disk.StorageRefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckedFileTest {
    private static final CheckedFile FILE = new CheckedFile("small", 42, (short) 3, 12);
    private static final byte[] BODY = {1, 2, 3, 4, 5};

    @TempDir
    Path directory;

    private FileDisk disk;

    @BeforeEach
    void open() throws IOException {
        disk = FileDisk.open(directory);
    }

    @AfterEach
    void close() throws IOException {
        disk.close();
    }

    @Test
    void theBodyComesBackAndTheLastOneCounts() throws IOException {
        assertThat(FILE.read(disk)).isNull();
        FILE.write(disk, ByteBuffer.allocate(12));
        FILE.write(disk, ByteBuffer.wrap(BODY));
        assertThat(FILE.read(disk)).isEqualTo(ByteBuffer.wrap(BODY));
    }

    @Test
    void everyFlippedBitIsDamage() throws IOException {
        FILE.write(disk, ByteBuffer.wrap(BODY));
        try (DiskFile file = disk.open("small")) {
            for (int bit = 0; bit < file.length() * 8; bit++) {
                flip(file, bit);
                assertDamaged("bit " + bit);
                flip(file, bit);
            }
        }
        assertThat(FILE.read(disk)).isEqualTo(ByteBuffer.wrap(BODY));
    }

    @Test
    void aFileThatEndsEarlyOrLateIsDamage() throws IOException {
        FILE.write(disk, ByteBuffer.wrap(BODY));
        byte[] whole = new byte[200];
        int length;
        try (DiskFile file = disk.open("small")) {
            length = (int) file.length();
            file.read(0, ByteBuffer.wrap(whole, 0, length));
        }
        for (int cut : new int[] {0, 3, 22, 23, 26, length - 1, length + 1, length + 100}) {
            disk.delete("small");
            try (DiskFile file = disk.create("small")) {
                file.write(0, ByteBuffer.wrap(whole, 0, cut));
            }
            assertDamaged(cut + " of " + length + " bytes");
        }
    }

    @Test
    void anotherVersionIsRefusedByName() throws IOException {
        new CheckedFile("small", 42, (short) 4, 12).write(disk, ByteBuffer.wrap(BODY));
        assertThatThrownBy(() -> FILE.read(disk))
                .isInstanceOf(StorageRefusedException.class)
                .hasMessageContaining("small format must be version 3 without flags, found version 4");
    }

    @Test
    void anotherKindOfFileIsDamage() throws IOException {
        new CheckedFile("small", 43, (short) 3, 12).write(disk, ByteBuffer.wrap(BODY));
        assertDamaged("another magic");
    }

    private void assertDamaged(String how) {
        assertThatThrownBy(() -> FILE.read(disk)).as(how).isInstanceOf(CorruptStorageException.class);
    }

    private static void flip(DiskFile file, int bit) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        file.read(bit / 8, one);
        one.put(0, (byte) (one.get(0) ^ (1 << bit % 8))).rewind();
        file.write(bit / 8, one);
    }
}
