package io.gavel.server.storage;

import static io.gavel.server.storage.JournalFixture.entry;
import static io.gavel.server.storage.JournalFixture.hardState;
import static io.gavel.server.storage.JournalFixture.persist;
import static io.gavel.server.storage.JournalFixture.truncating;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.HardState;
import io.gavel.raft.Payload;
import io.gavel.raft.SnapshotMeta;
import io.gavel.server.disk.sim.SimDisk;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Damages a journal at rest, place by place: recovery must tell rot from a torn tail and lose nothing in silence.
///
/// Bugs that were planted to see these tests fail: rot taken for a torn tail; OPEN without hard state or without the
/// last entry; no resynchronisation after rot; payload checksum ignored; chain of terms ignored; `repairUntil` not
/// set; the second copy of the segment header never read; records not bound to their segment by a salt; reading back
/// asks for the filling behind the last record.
class JournalDamageTest {
    private static final HardState NEWEST = hardState(4, 2);
    private static final int UNEVEN_BYTES = 41;
    private static final int FILLING = JournalRecord.occupied(UNEVEN_BYTES) - JournalRecord.HEADER_BYTES - UNEVEN_BYTES;

    private final SimDisk disk = new SimDisk();
    private List<Entry> log = List.of();

    @BeforeEach
    void writeALogWithAPast() throws IOException {
        Journal journal = JournalFixture.create(disk);
        for (int i = 1; i <= 24; i++) {
            journal.append(persist(hardState(1, 1), entry(1, i, i % 3 == 0 ? 3000 : 200)));
            if (i % 2 == 0) {
                journal.commit();
            }
        }
        journal.append(truncating(hardState(2, 0), 20, entry(2, 20, 3000), entry(2, 21)));
        journal.append(persist(hardState(2, 0), entry(2, 22), entry(2, 23)));
        journal.commit();
        journal.append(persist(hardState(3, 0)));
        journal.commit();
        journal.append(persist(NEWEST, entry(4, 24, 3000), entry(4, 25)));
        journal.commit();
        log = JournalFixture.log(journal, EntryId.ZERO, new EntryId(4, 25));
        assertThat(journal.segmentCount()).isEqualTo(2);
        journal.close();
    }

    @Test
    void everyFlippedBitIsHarmlessOrHealed() throws IOException {
        int healed = 0;
        for (String name : segments(disk)) {
            int end = usedEnd(name);
            for (int position = 0; position < end; position += position < SegmentHeader.REGION_BYTES ? 499 : 19) {
                SimDisk damaged = disk.copy();
                damaged.flipBit(name, position, position % 8);
                healed += assertNothingIsLostInSilence(damaged, name + " flip at " + position);
            }
        }
        assertThat(healed).as("damage of live entries was met").isGreaterThan(800);
    }

    @Test
    void everyLostSectorIsHarmlessOrHealed() throws IOException {
        for (String name : segments(disk)) {
            int end = usedEnd(name);
            for (int sector = 0; sector < end; sector += SimDisk.SECTOR_BYTES) {
                byte[] bytes = disk.bytes(name);
                Arrays.fill(bytes, sector, sector + SimDisk.SECTOR_BYTES, (byte) 0);
                SimDisk damaged = disk.copy();
                damaged.overwrite(name, bytes);
                if (isInLastBatches(name, sector + SimDisk.SECTOR_BYTES)) {
                    // More than one batch is gone: the seal with what it proves.
                    continue;
                }
                assertNothingIsLostInSilence(damaged, name + " zeros at " + sector);
            }
        }
    }

    @Test
    void everySectorThatWentToTheWrongPlaceIsHarmlessOrHealed() throws IOException {
        for (String name : segments(disk)) {
            int end = usedEnd(name);
            for (int to = SegmentHeader.REGION_BYTES; to < end; to += SimDisk.SECTOR_BYTES) {
                for (int from = SegmentHeader.REGION_BYTES; from < end; from += 3 * SimDisk.SECTOR_BYTES) {
                    byte[] bytes = disk.bytes(name);
                    System.arraycopy(bytes, from, bytes, to, SimDisk.SECTOR_BYTES);
                    SimDisk damaged = disk.copy();
                    damaged.overwrite(name, bytes);
                    if (from != to && !isInLastBatches(name, to + SimDisk.SECTOR_BYTES)) {
                        assertNothingIsLostInSilence(damaged, name + " sector " + from + " at " + to);
                    }
                }
            }
        }
    }

    @Test
    void aMissingOldSegmentIsHealed() throws IOException {
        SimDisk damaged = disk.copy();
        damaged.delete(segments(disk).get(0));

        Journal.Opened opened = JournalFixture.recover(damaged);

        assertThat(opened.lost()).isTrue();
        assertThat(opened.recovered().hardState()).isEqualTo(NEWEST);
        assertThat(opened.recovered().lastEntry()).isEqualTo(EntryId.ZERO);
        assertThat(opened.recovered().repairUntil()).isEqualTo(25);
    }

    @Test
    void aMissingNewestSegmentIsRefusedOnlyByThoseWhoRemember() throws IOException {
        SimDisk damaged = disk.copy();
        for (int copy = 0; copy < 2; copy++) {
            damaged.flipBit(segments(disk).get(1), (long) copy * SegmentHeader.COPY_BYTES + 40, 1);
        }

        assertThatThrownBy(() -> JournalFixture.recover(damaged))
                .isInstanceOf(CorruptStorageException.class)
                .hasMessageContaining("replace this member");
    }

    @Test
    void damageThatASnapshotCoversCostsNothing() throws IOException {
        SimDisk damaged = disk.copy();
        damaged.flipBit(segments(disk).get(0), SegmentHeader.REGION_BYTES + 200L, 1);
        SnapshotMeta snapshot = new SnapshotMeta(new EntryId(1, 12), JournalFixture.BOOTSTRAP);

        Journal.Opened opened = JournalFixture.recover(damaged, snapshot);

        assertThat(opened.lost()).isFalse();
        assertThat(JournalFixture.log(opened)).isEqualTo(log.subList(12, 25));
    }

    @Test
    void aSealedBatchThatRottedIsNotTakenForATornTail() throws IOException {
        String name = segments(disk).get(1);
        byte[] bytes = disk.bytes(name);
        int seal = usedEnd(name) - JournalRecord.occupied(Batch.Summary.BYTES);
        Arrays.fill(bytes, seal - 64, seal, (byte) 0x55);
        disk.overwrite(name, bytes);

        Journal.Opened opened = JournalFixture.recover(disk);

        assertThat(opened.torn()).isFalse();
        assertThat(opened.lost()).isTrue();
        assertThat(opened.recovered().repairUntil()).isEqualTo(25);
        assertThat(opened.recovered().hardState()).isEqualTo(NEWEST);
    }

    @Test
    void theLastUnsealedBatchIsTheOnlyAmbiguousOne() throws IOException {
        String name = segments(disk).get(1);
        byte[] bytes = disk.bytes(name);
        int end = usedEnd(name);
        int seal = end - JournalRecord.occupied(Batch.Summary.BYTES);
        Arrays.fill(bytes, seal - 64, end, (byte) 0);
        disk.overwrite(name, bytes);

        Journal.Opened opened = JournalFixture.recover(disk);

        assertThat(opened.torn()).isTrue();
        assertThat(opened.lost()).isFalse();
        assertThat(JournalFixture.log(opened)).isEqualTo(log.subList(0, 23));
    }

    @Test
    void aValueThatLooksLikeARecordIsNotTakenForOne() throws IOException {
        byte[] segment = disk.bytes(segments(disk).get(0));
        byte[] records = Arrays.copyOfRange(segment, SegmentHeader.REGION_BYTES, SegmentHeader.REGION_BYTES + 4000);
        Entry bait = new Entry(new EntryId(1, 1), EntryKind.COMMAND, Payload.wrap(records));
        SimDisk forged = new SimDisk();
        Journal journal = Journal.create(JournalFixture.setup(forged, 43), JournalFixture.BOOTSTRAP, 100);
        journal.append(persist(hardState(1, 1), bait));
        journal.commit();
        journal.append(persist(hardState(1, 1), entry(1, 2)));
        journal.commit();
        journal.close();
        // With its own header damaged, the search for the next record goes through the bait.
        int header = SegmentHeader.REGION_BYTES + JournalRecord.occupied(Batch.Summary.BYTES);
        forged.flipBit(segments(forged).get(0), header + 17L, 1);

        Journal.Opened opened = JournalFixture.recover(forged);

        assertThat(opened.lost()).isTrue();
        assertThat(opened.recovered().hardState()).isEqualTo(hardState(1, 1));
        assertThat(opened.recovered().lastEntry()).isEqualTo(EntryId.ZERO);
        assertThat(opened.recovered().repairUntil()).isEqualTo(2);
    }

    @Test
    void anUnprovenLastRecordWhoseFillingWasCutOffIsReadBack() throws IOException {
        SimDisk whole = unsealed(1);

        assertReadBackWithoutFilling(whole, segments(whole).getLast());
    }

    @Test
    void aProvenLastRecordWhoseFillingWasCutOffIsReadBack() throws IOException {
        SimDisk whole = unsealed(2);

        assertReadBackWithoutFilling(whole, segments(whole).getFirst());
    }

    @Test
    void aTearIsBelievedOnlyWhenItReadsAlikeTwice() throws IOException {
        SimDisk whole = unsealed(1);
        String newest = segments(whole).getLast();
        int end = usedEnd(newest, whole);
        for (int position = SegmentHeader.REGION_BYTES; position < end; position++) {
            SimDisk erring = whole.copy();
            int wrong = position;
            boolean[] erred = new boolean[1];
            erring.filterReads((name, from, content) -> {
                boolean hit = name.equals(newest) && from <= wrong && wrong < from + content.limit();
                if (hit && from + content.limit() >= end && !erred[0]) {
                    erred[0] = true;
                    int at = (int) (wrong - from);
                    content.put(at, (byte) (content.get(at) ^ 1));
                }
            });
            try {
                Journal.Opened opened = JournalFixture.recover(erring);
                assertThat(opened.lost() || JournalFixture.log(opened).equals(log))
                        .as("bit at " + position)
                        .isTrue();
            } catch (IOException differing) {
                assertThat(differing).hasMessageContaining("two readings of " + newest + " differ");
                assertThat(JournalFixture.log(JournalFixture.recover(erring))).isEqualTo(log);
            }
            assertThat(erred[0]).isTrue();
        }
    }

    /// A journal of so many segments, each of which ends with an entry, which needs [#FILLING] bytes behind it.
    private SimDisk unsealed(int segments) throws IOException {
        SimDisk used = new SimDisk();
        try (Journal journal = JournalFixture.create(used)) {
            long last = 0;
            do {
                last++;
                journal.append(persist(hardState(1, 1), entry(1, last, UNEVEN_BYTES)));
                journal.commit();
            } while (last < 2 || journal.segmentCount() < segments);
            log = JournalFixture.log(journal, EntryId.ZERO, new EntryId(1, last));
            // Closing seals: then an entry is no longer the last record.
            return used.copy();
        }
    }

    private void assertReadBackWithoutFilling(SimDisk whole, String name) throws IOException {
        byte[] bytes = whole.bytes(name);
        int end = usedEnd(name, whole);
        for (int cut = 0; cut <= FILLING; cut++) {
            SimDisk damaged = whole.copy();
            damaged.overwrite(name, Arrays.copyOf(bytes, end - cut));

            Journal.Opened opened = JournalFixture.recover(damaged);

            String where = cut + " bytes cut off";
            assertThat(opened.torn()).as(where).isFalse();
            assertThat(opened.lost()).as(where).isFalse();
            assertThat(JournalFixture.log(opened)).as(where).isEqualTo(log);
        }
    }

    /// Returns 1 when the member has to be repaired, else 0.
    private int assertNothingIsLostInSilence(SimDisk damaged, String where) throws IOException {
        Journal.Opened opened = JournalFixture.recover(damaged);
        List<Entry> recovered = JournalFixture.log(opened);
        assertThat(opened.recovered().hardState()).as(where).isEqualTo(NEWEST);
        assertThat(recovered).as(where).isEqualTo(log.subList(0, recovered.size()));
        assertThat(opened.lost()).as(where).isEqualTo(recovered.size() < log.size());
        assertThat(opened.recovered().repairUntil()).as(where).isEqualTo(opened.lost() ? 25 : 0);
        opened.journal().close();
        damaged.restart(SimDisk.Keep.FORCED, new SplittableRandom(1));
        Journal.Opened again = JournalFixture.recover(damaged);
        assertThat(JournalFixture.log(again)).as("again, " + where).isEqualTo(recovered);
        assertThat(again.recovered().repairUntil())
                .as("again, " + where)
                .isEqualTo(opened.recovered().repairUntil());
        return opened.lost() ? 1 : 0;
    }

    private boolean isInLastBatches(String name, int position) {
        return name.equals(segments(disk).get(1))
                && position >= usedEnd(name) - JournalRecord.occupied(Batch.Summary.BYTES);
    }

    private static List<String> segments(SimDisk disk) {
        return disk.list(SegmentFiles.DIRECTORY).stream()
                .filter(name -> SegmentFiles.numberOf(name) >= 0)
                .map(name -> SegmentFiles.DIRECTORY + "/" + name)
                .toList();
    }

    private int usedEnd(String name) {
        return usedEnd(name, disk);
    }

    private static int usedEnd(String name, SimDisk disk) {
        byte[] bytes = disk.bytes(name);
        int end = bytes.length;
        while (bytes[end - 1] == 0) {
            end--;
        }
        return (end + JournalRecord.ALIGNMENT - 1) & -JournalRecord.ALIGNMENT;
    }
}
