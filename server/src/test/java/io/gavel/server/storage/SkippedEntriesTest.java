package io.gavel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.raft.Payload;
import io.gavel.server.disk.FileDisk;
import io.gavel.server.disk.StorageRefusedException;
import io.gavel.server.entry.EntryHash;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SkippedEntriesTest {
    private static final EntryHash ONE = EntryHash.of(Payload.wrap(new byte[] {1}));
    private static final EntryHash TWO = EntryHash.of(Payload.wrap(new byte[] {2}));

    @TempDir
    Path directory;

    @Test
    void theHashIsTheSha256OfThePayload() {
        assertThat(EntryHash.of(Payload.EMPTY))
                .hasToString("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    @Test
    void keepsWhatWasWritten() throws IOException {
        try (FileDisk disk = FileDisk.open(directory)) {
            assertThat(SkippedEntries.read(disk).at(7)).isNull();
            SkippedEntries.NONE.with(7, ONE).with(9, TWO).with(7, ONE).write(disk);
            SkippedEntries read = SkippedEntries.read(disk);

            assertThat(read.at(7)).isEqualTo(ONE);
            assertThat(read.at(8)).isNull();
            assertThat(read.at(9)).isEqualTo(TWO);
        }
    }

    @Test
    void refusesAnotherEntryAtTheSameIndex() throws IOException {
        SkippedEntries some = SkippedEntries.NONE.with(7, ONE);

        assertThatThrownBy(() -> some.with(7, TWO))
                .isInstanceOf(StorageRefusedException.class)
                .hasMessageContaining("index 7")
                .hasMessageContaining(ONE.hex())
                .hasMessageContaining(TWO.hex());
    }

    @Test
    void refusesMoreThanItsLimit() throws IOException {
        SkippedEntries full = SkippedEntries.NONE;
        for (int index = 1; index <= 1_000; index++) {
            full = full.with(index, ONE);
        }
        SkippedEntries atLimit = full;

        assertThatThrownBy(() -> atLimit.with(1_001, ONE)).hasMessageContaining("at most 1000");
        try (FileDisk disk = FileDisk.open(directory)) {
            atLimit.write(disk);
            assertThat(SkippedEntries.read(disk).at(1_000)).isEqualTo(ONE);
        }
    }
}
