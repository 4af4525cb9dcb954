package io.gavel.server.storage;

import static io.gavel.server.storage.JournalFixture.entry;
import static io.gavel.server.storage.JournalFixture.hardState;
import static io.gavel.server.storage.JournalFixture.persist;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.raft.quorum.NodeId;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.FileDisk;
import io.gavel.server.disk.StorageRefusedException;
import io.gavel.server.disk.sim.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDiskTest {
    @TempDir
    private Path directory;

    @Test
    void writesReadsRenamesAndDeletes() throws IOException {
        try (FileDisk disk = FileDisk.open(directory)) {
            disk.createDirectory("d");
            try (DiskFile file = disk.create("d/a")) {
                file.preallocate(700_000);
                file.write(600_000, ByteBuffer.wrap(new byte[] {1, 2, 3}));
                file.force(true);
                ByteBuffer heap = ByteBuffer.allocate(700_010);
                assertThat(file.read(0, heap)).isEqualTo(700_000);
                assertThat(heap.get(600_002)).isEqualTo((byte) 3);
                file.truncate(10);
                assertThat(file.length()).isEqualTo(10);
            }
            assertThatThrownBy(() -> disk.create("d/a")).isInstanceOf(FileAlreadyExistsException.class);
            disk.rename("d/a", "d/b");
            disk.syncDirectory("d");
            assertThat(disk.list("d")).containsExactly("b");
            disk.delete("d/b");
            disk.delete("d/b");
            assertThat(disk.list("d")).isEmpty();
            assertThat(disk.list("absent")).isEmpty();
            assertThat(disk.usableBytes()).isPositive();
        }
    }

    @Test
    void holdsTheDirectoryAlone() throws IOException {
        FileDisk first = FileDisk.open(directory);

        assertThatThrownBy(() -> FileDisk.open(directory))
                .isInstanceOf(StorageRefusedException.class)
                .hasMessageContaining("in use by another process");

        first.close();
        FileDisk.open(directory).close();
    }

    @Test
    void carriesAJournal() throws IOException {
        try (FileDisk disk = FileDisk.open(directory)) {
            Journal journal = JournalFixture.create(disk);
            for (int i = 1; i <= 50; i++) {
                journal.append(persist(hardState(1, 1), entry(1, i, 3000)));
                journal.commit();
            }
            journal.close();
            Journal.Opened opened = JournalFixture.recover(disk);
            assertThat(JournalFixture.log(opened)).hasSize(50).endsWith(entry(1, 50, 3000));
            opened.journal().close();
        }
    }

    @Test
    void remembersWhoseItIs() throws IOException {
        try (FileDisk disk = FileDisk.open(directory)) {
            assertThat(Identity.read(disk)).isNull();
            JournalFixture.IDENTITY.write(disk);
            JournalFixture.IDENTITY.write(disk);
            assertThat(Identity.read(disk)).isEqualTo(JournalFixture.IDENTITY);
        }
    }

    @Test
    void refusesADamagedIdentityAndAnother() throws IOException {
        SimDisk disk = new SimDisk();
        JournalFixture.IDENTITY.write(disk);
        for (int i = 0; i < disk.bytes("identity").length; i++) {
            SimDisk damaged = disk.copy();
            damaged.flipBit("identity", i, 3);
            assertThatThrownBy(() -> Identity.read(damaged)).isInstanceOf(CorruptStorageException.class);
        }
        Identity other =
                new Identity(JournalFixture.IDENTITY.clusterId(), new NodeId(9), JournalFixture.IDENTITY.uuid(), 5);
        assertThatThrownBy(() -> JournalFixture.IDENTITY.requireSameAs(other))
                .isInstanceOf(StorageRefusedException.class)
                .hasMessage("data directory refused: member id must be 9, found 1");
    }
}
