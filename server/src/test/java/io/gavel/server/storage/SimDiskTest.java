package io.gavel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.DiskFullException;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.disk.sim.SimDisk.Keep;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SimDiskTest {
    private final SimDisk disk = new SimDisk();
    private final SplittableRandom random = new SplittableRandom(1);

    @Test
    void keepsForcedBytesOfSyncedNamesOnly() throws IOException {
        DiskFile file = disk.create("a");
        file.write(0, bytes(10, 1));
        file.force(true);
        disk.syncDirectory("");
        file.write(0, bytes(5, 2));
        disk.create("b").force(true);

        disk.restart(Keep.FORCED, random);

        assertThat(disk.bytes("a")).containsOnly(1).hasSize(10);
        assertThat(disk.exists("b")).as("its name was not synced").isFalse();
    }

    @Test
    void aKilledProcessLosesNothingUntilThePowerFails() throws IOException {
        disk.create("a").write(0, bytes(10, 1));
        disk.restart(Keep.PAGE_CACHE, random);
        assertThat(disk.bytes("a")).containsOnly(1);

        disk.restart(Keep.FORCED, random);
        assertThat(disk.exists("a")).isFalse();
    }

    @Test
    void aRenameIsKeptWholeOrNotAtAll() throws IOException {
        DiskFile file = disk.create("a");
        file.force(true);
        disk.syncDirectory("");
        boolean kept = false;
        boolean lost = false;
        for (int seed = 0; seed < 20; seed++) {
            SimDisk copy = disk.copy();
            copy.rename("a", "b");
            copy.restart(Keep.RANDOM_SUBSET, new SplittableRandom(seed));
            assertThat(copy.list("")).hasSize(1);
            kept |= copy.exists("b");
            lost |= copy.exists("a");
        }
        assertThat(kept && lost).isTrue();
    }

    @Test
    void tearsUnforcedWritesAtSectors() throws IOException {
        DiskFile file = disk.create("a");
        file.preallocate(20 * SimDisk.SECTOR_BYTES);
        file.force(true);
        disk.syncDirectory("");
        file.write(100, bytes(10 * SimDisk.SECTOR_BYTES, 7));

        disk.restart(Keep.RANDOM_SUBSET, random);

        byte[] survived = disk.bytes("a");
        int sevens = 0;
        for (int sector = 1; sector < 10; sector++) {
            byte first = survived[sector * SimDisk.SECTOR_BYTES];
            for (int i = 0; i < SimDisk.SECTOR_BYTES; i++) {
                assertThat(survived[sector * SimDisk.SECTOR_BYTES + i])
                        .as("a sector is whole")
                        .isEqualTo(first);
            }
            sevens += first == 7 ? 1 : 0;
        }
        assertThat(sevens).isBetween(1, 8);
    }

    @Test
    void aFailedForceLosesTheBytesForGoodAlthoughTheyStayReadable() throws IOException {
        DiskFile file = disk.create("a");
        disk.syncDirectory("");
        file.write(0, bytes(10, 1));
        disk.failAtStep(disk.steps() + 1);
        assertThatThrownBy(() -> file.force(false)).isInstanceOf(IOException.class);

        file.force(false);
        assertThat(disk.bytes("a")).hasSize(10);
        disk.restart(Keep.EVERYTHING, random);
        assertThat(disk.bytes("a")).isEmpty();
    }

    @Test
    void isDeadFromTheCrashToTheRestart() throws IOException {
        DiskFile file = disk.create("a");
        disk.crashAtStep(disk.steps() + 1);

        assertThatThrownBy(() -> file.write(0, bytes(1, 1))).isInstanceOf(SimDisk.Crashed.class);
        assertThatThrownBy(() -> disk.exists("a")).isInstanceOf(SimDisk.Crashed.class);
        disk.restart(Keep.EVERYTHING, random);
        assertThat(disk.bytes("a")).as("the write that crashed was on its way").hasSize(1);
    }

    @Test
    void runsOutOfSpaceAndGetsItBackByDeletion() throws IOException {
        disk.limitSpace(100);
        DiskFile file = disk.create("a");
        file.preallocate(80);
        file.write(0, bytes(80, 1));
        assertThatThrownBy(() -> file.write(80, bytes(21, 1))).isInstanceOf(DiskFullException.class);
        assertThatThrownBy(() -> disk.create("b").preallocate(21)).isInstanceOf(DiskFullException.class);

        disk.delete("a");
        assertThat(disk.usableBytes()).isEqualTo(100);
    }

    @Test
    void lyingDisksLoseWhatTheySaidWasForced() throws IOException {
        DiskFile file = disk.create("a");
        disk.syncDirectory("");
        disk.ignoreForce();
        file.write(0, bytes(4, 1));
        file.force(true);

        disk.restart(Keep.FORCED, random);

        assertThat(disk.bytes("a")).isEmpty();
    }

    private static ByteBuffer bytes(int length, int value) {
        byte[] bytes = new byte[length];
        java.util.Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }
}
