package io.gavel.server.storage;

import static io.gavel.server.storage.JournalFixture.entry;
import static io.gavel.server.storage.JournalFixture.hardState;
import static io.gavel.server.storage.JournalFixture.persist;
import static io.gavel.server.storage.JournalFixture.recover;
import static io.gavel.server.storage.JournalFixture.truncating;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.Payload;
import io.gavel.raft.Recovered;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.TermRun;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.DiskFullException;
import io.gavel.server.disk.StorageRefusedException;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.storage.JournalReader.LogRange;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalTest {
    private final SimDisk disk = new SimDisk();

    @Test
    void recoversTermVoteAndEntries() throws IOException {
        Journal journal = JournalFixture.create(disk);
        journal.append(persist(hardState(1, 2), entry(1, 1), entry(1, 2)));
        journal.append(persist(hardState(3, 0), entry(3, 3)));
        journal.commit();

        Recovered recovered = recover(disk).recovered();

        assertThat(recovered.hardState()).isEqualTo(hardState(3, 0));
        assertThat(recovered.lastEntry()).isEqualTo(new EntryId(3, 3));
        assertThat(recovered.termRuns()).containsExactly(new TermRun(1, 1), new TermRun(3, 3));
        assertThat(recovered.recentEntries()).containsExactly(entry(1, 1), entry(1, 2), entry(3, 3));
        assertThat(recovered.snapshot()).isEqualTo(new SnapshotMeta(EntryId.ZERO, JournalFixture.BOOTSTRAP));
        assertThat(recovered.repairUntil()).isZero();
    }

    @Test
    void writesManyEffectsWithOneForce() throws IOException {
        Journal journal = JournalFixture.create(disk);
        long before = disk.steps();
        for (int i = 1; i <= 20; i++) {
            journal.append(persist(hardState(1, 1), entry(1, i)));
        }
        journal.commit();

        assertThat(disk.steps() - before).as("one write, one force").isEqualTo(2);
    }

    @Test
    void aWriteThatChangesNothingCostsNothing() throws IOException {
        Journal journal = JournalFixture.create(disk);
        journal.append(persist(hardState(1, 1)));
        journal.commit();
        long before = disk.steps();

        journal.append(persist(hardState(1, 1)));

        assertThat(journal.commit()).isZero();
        assertThat(disk.steps()).isEqualTo(before);
    }

    @Test
    void truncatesAndOverwritesAcrossSegments() throws IOException {
        Journal journal = JournalFixture.create(disk);
        for (int i = 1; i <= 40; i++) {
            journal.append(persist(hardState(1, 1), entry(1, i, 2000)));
            journal.commit();
        }
        assertThat(journal.segmentCount()).isGreaterThan(2);
        journal.append(truncating(hardState(2, 0), 5, entry(2, 5), entry(2, 6)));
        journal.commit();
        assertThat(JournalFixture.log(journal, EntryId.ZERO, new EntryId(2, 6))).hasSize(6);
        journal.append(truncating(hardState(2, 0), 6));
        journal.commit();
        journal.close();

        Journal.Opened opened = recover(disk);
        assertThat(opened.recovered().lastEntry()).isEqualTo(new EntryId(2, 5));
        assertThat(JournalFixture.log(opened)).endsWith(entry(1, 4, 2000), entry(2, 5));
    }

    @Test
    void readsStopAtTheByteLimitButReturnAtLeastOneEntry() throws IOException {
        Journal journal = JournalFixture.create(disk);
        journal.append(persist(hardState(1, 1), entry(1, 1, 500), entry(1, 2, 500), entry(1, 3, 500)));
        journal.commit();
        EntryId last = new EntryId(1, 3);

        assertThat(journal.reader().read(EntryId.ZERO, last, 1))
                .isEqualTo(new LogRange.Entries(List.of(entry(1, 1, 500))));
        assertThat(journal.reader().read(EntryId.ZERO, last, 1100))
                .isEqualTo(new LogRange.Entries(List.of(entry(1, 1, 500), entry(1, 2, 500))));
    }

    @Test
    void readsOfAnotherHistoryAreAMismatch() throws IOException {
        Journal journal = JournalFixture.create(disk);
        journal.append(persist(hardState(2, 1), entry(1, 1), entry(2, 2), entry(2, 3)));
        journal.commit();

        assertThat(journal.reader().read(new EntryId(2, 1), new EntryId(2, 3), 1 << 20))
                .as("wrong term before")
                .isEqualTo(new LogRange.Mismatch());
        assertThat(journal.reader().read(new EntryId(1, 1), new EntryId(1, 3), 1 << 20))
                .as("wrong term at the end")
                .isEqualTo(new LogRange.Mismatch());
        assertThat(journal.reader().read(new EntryId(2, 3), new EntryId(2, 4), 1 << 20))
                .as("beyond the end")
                .isEqualTo(new LogRange.Mismatch());
    }

    @Test
    void compactionDeletesSegmentsAndReadsBelowItAreGone() throws IOException {
        Journal journal = JournalFixture.create(disk);
        for (int i = 1; i <= 60; i++) {
            journal.append(persist(hardState(1, 1), entry(1, i, 2000)));
            journal.commit();
        }
        int before = journal.segmentCount();
        assertThat(journal.compact(new EntryId(1, 50))).isTrue();

        assertThat(journal.segmentCount()).isLessThan(before);
        assertThat(journal.reader().read(new EntryId(1, 49), new EntryId(1, 60), 1))
                .isEqualTo(new LogRange.Gone(51));
        assertThat(JournalFixture.log(journal, new EntryId(1, 50), new EntryId(1, 60)))
                .hasSize(10);

        SnapshotMeta snapshot = new SnapshotMeta(new EntryId(1, 50), JournalFixture.BOOTSTRAP);
        Journal.Opened opened = recover(disk, snapshot);
        assertThat(opened.lost()).isFalse();
        assertThat(JournalFixture.log(opened)).hasSize(10);
    }

    @Test
    void aReaderThatHoldsASegmentOutlivesItsDeletion() throws IOException {
        LogIndex index = new LogIndex();
        SimFileSpy file = new SimFileSpy(disk.create("spied"));
        Segment segment = new Segment(new JournalRecord.SegmentKey(1, 1), "spied", file, 100);
        index.add(segment);
        index.append(segment, 1, 0);
        LogIndex.Slice slice = index.acquire(1, 1);
        assertThat(slice).isNotNull();

        index.drop(segment);
        assertThat(file.closed).isFalse();
        index.release(segment);
        assertThat(file.closed).isTrue();
    }

    @Test
    void resetStartsAfterTheSnapshotAndKeepsTheHardState() throws IOException {
        Journal journal = JournalFixture.create(disk);
        journal.append(persist(hardState(4, 2), entry(3, 1), entry(3, 2)));
        journal.commit();
        SnapshotMeta snapshot = new SnapshotMeta(new EntryId(4, 90), JournalFixture.BOOTSTRAP);
        journal.reset(new Effect.ResetLog(2, hardState(4, 2), snapshot));
        journal.append(persist(hardState(4, 2), entry(4, 91)));
        journal.commit();

        Journal.Opened opened = recover(disk, snapshot);
        assertThat(opened.recovered().hardState()).isEqualTo(hardState(4, 2));
        assertThat(JournalFixture.log(opened)).containsExactly(entry(4, 91));
        assertThat(opened.journal().segmentCount()).isEqualTo(2);
    }

    @Test
    void aLogThatContradictsTheSnapshotIsDiscardedAsAWhole() throws IOException {
        Journal journal = JournalFixture.create(disk);
        journal.append(persist(hardState(2, 2), entry(1, 1), entry(1, 2), entry(1, 3)));
        journal.commit();

        SnapshotMeta snapshot = new SnapshotMeta(new EntryId(2, 2), JournalFixture.BOOTSTRAP);
        Journal.Opened opened = recover(disk, snapshot);

        assertThat(opened.lost()).isFalse();
        assertThat(opened.recovered().lastEntry()).isEqualTo(new EntryId(2, 2));
        assertThat(opened.recovered().termRuns()).isEmpty();
        assertThat(opened.recovered().hardState()).isEqualTo(hardState(2, 2));
    }

    @Test
    void aLossThatAPeerFoundIsRememberedUntilItIsRepaired() throws IOException {
        Journal journal = JournalFixture.create(disk);
        journal.append(persist(hardState(1, 2), entry(1, 1)));
        journal.append(new Effect.MarkRepairing(2, 7));
        journal.commit();

        Journal.Opened opened = recover(disk);

        assertThat(opened.lost()).isFalse();
        assertThat(opened.recovered().repairUntil()).isEqualTo(7);
        assertThat(opened.recovered().lastEntry()).isEqualTo(new EntryId(1, 1));
        opened.journal().append(new Effect.MarkRepaired(3));
        opened.journal().commit();
        assertThat(recover(disk).recovered().repairUntil()).isZero();
    }

    @Test
    void aMissingSnapshotBelowACompactedLogMeansRepair() throws IOException {
        Journal journal = JournalFixture.create(disk);
        journal.append(persist(hardState(1, 2), entry(1, 1), entry(1, 2), entry(1, 3)));
        journal.commit();
        journal.compact(new EntryId(1, 2));

        Journal.Opened opened = recover(disk);

        assertThat(opened.lost()).isTrue();
        assertThat(opened.recovered().repairUntil()).isEqualTo(3);
        assertThat(opened.recovered().lastEntry()).isEqualTo(EntryId.ZERO);
        assertThat(opened.recovered().hardState()).isEqualTo(hardState(1, 2));

        Journal repaired = opened.journal();
        repaired.append(new Effect.MarkRepaired(9));
        repaired.commit();
        assertThat(recover(disk).recovered().repairUntil()).isZero();
    }

    @Test
    void configurationsFollowTheLogThroughTruncationCompactionAndRestart() throws IOException {
        Configuration two = configuration(1, 2);
        Configuration three = configuration(1, 2, 3);
        Journal journal = JournalFixture.create(disk);
        journal.append(persist(hardState(1, 1), configurationEntry(1, 1, two), entry(1, 2)));
        journal.append(persist(hardState(1, 1), configurationEntry(1, 3, three), entry(1, 4)));
        journal.commit();
        journal.append(truncating(hardState(2, 1), 3, entry(2, 3)));
        journal.commit();

        assertThat(recover(disk).recovered().configurations()).containsExactly(configurationEntry(1, 1, two));

        Journal reopened = recover(disk).journal();
        reopened.compact(new EntryId(1, 2));
        reopened.append(persist(hardState(2, 1), configurationEntry(2, 4, three)));
        reopened.commit();
        Recovered recovered =
                recover(disk, new SnapshotMeta(new EntryId(1, 2), two)).recovered();
        assertThat(recovered.configurations()).containsExactly(configurationEntry(2, 4, three));
        assertThat(recover(disk).recovered().snapshot().configuration())
                .as("without a snapshot the newest known configuration says whom to ask")
                .isEqualTo(three);
    }

    @Test
    void countsStartsAndRemembersPeers() throws IOException {
        Journal journal = JournalFixture.create(disk);
        PeerBoot old = new PeerBoot(new MemberUuid(9, 9), 3, 33, 100);
        PeerBoot newer = new PeerBoot(new MemberUuid(9, 9), 4, 44, 120);
        journal.recordPeer(old);
        journal.commit();
        journal.recordPeer(newer);
        journal.commit();
        assertThat(journal.bootCount()).isEqualTo(1);

        Journal second = recover(disk).journal();
        assertThat(second.bootCount()).isEqualTo(2);
        assertThat(second.nonces()).hasSize(2).startsWith(101L);
        assertThat(second.peers()).containsExactly(newer);
        Journal third = recover(disk).journal();
        assertThat(third.bootCount()).isEqualTo(3);
        assertThat(third.nonces()).hasSize(3).endsWith(second.nonces().getLast());
    }

    @Test
    void formerMembersAreForgottenBeforeTheyFillASegmentHeader() throws IOException {
        Member listed = new Member(new NodeId(2), new MemberUuid(2, 2), "127.0.0.1:7002");
        Configuration two =
                new Configuration(List.of(JournalFixture.BOOTSTRAP.voters().getFirst(), listed), List.of(), List.of());
        Journal journal = Journal.create(JournalFixture.setup(disk), two, 100);
        PeerBoot first = new PeerBoot(listed.uuid(), 1, 1, 1);
        journal.recordPeer(first);
        for (int replaced = 1; replaced <= 500; replaced++) {
            journal.recordPeer(new PeerBoot(new MemberUuid(9, replaced), 1, replaced, 0));
            journal.commit();
        }
        journal.close();

        Journal again = recover(disk).journal();

        assertThat(again.peers()).contains(first, new PeerBoot(new MemberUuid(9, 500), 1, 500, 0));
    }

    @Test
    void remembersTheNewestStartsWithinALimit() throws IOException {
        JournalFixture.create(disk);
        for (int start = 2; start < 200; start++) {
            recover(disk);
        }
        Journal journal = recover(disk).journal();
        assertThat(journal.bootCount()).isEqualTo(200);
        assertThat(journal.nonces()).hasSize(128);
    }

    @Test
    void aFullDiskHoldsTheBatchBackUntilCompactionFreedSpace() throws IOException {
        Journal journal = JournalFixture.create(disk);
        for (int i = 1; i <= 20; i++) {
            journal.append(persist(hardState(1, 1), entry(1, i, 2500)));
            journal.commit();
        }
        disk.limitSpace(0);
        int written = 20;
        while (true) {
            written++;
            journal.append(persist(hardState(1, 1), entry(1, written, 2500)));
            try {
                journal.commit();
            } catch (DiskFullException expected) {
                break;
            }
        }
        assertThatThrownBy(journal::commit).isInstanceOf(DiskFullException.class);

        assertThat(journal.compact(new EntryId(1, written - 1))).isTrue();
        assertThat(journal.commit()).isPositive();

        SnapshotMeta snapshot = new SnapshotMeta(new EntryId(1, written - 1), JournalFixture.BOOTSTRAP);
        disk.limitSpace(1 << 20);
        assertThat(JournalFixture.log(recover(disk, snapshot))).containsExactly(entry(1, written, 2500));
    }

    @Test
    void anEntryLargerThanASegmentGetsALargerSegment() throws IOException {
        Journal journal = JournalFixture.create(disk);
        Entry large = entry(1, 1, 3 * JournalFixture.SMALL.segmentBytes());
        journal.append(persist(hardState(1, 1), large));
        journal.commit();

        assertThat(JournalFixture.log(recover(disk))).containsExactly(large);
    }

    @Test
    void refusesTheJournalOfAnotherMember() throws IOException {
        JournalFixture.create(disk).close();
        Identity other = new Identity(JournalFixture.IDENTITY.clusterId(), new NodeId(1), new MemberUuid(7, 7), 5);
        Journal.Setup setup = new Journal.Setup(disk, other, JournalFixture.SMALL, Runnable::run, 42);

        assertThatThrownBy(() -> Journal.recover(setup, null, 1))
                .isInstanceOf(StorageRefusedException.class)
                .hasMessageContaining("member uuid must be")
                .hasMessageContaining(JournalFixture.IDENTITY.uuid().toString());
    }

    @Test
    void refusesToCreateOverAnExistingJournal() throws IOException {
        JournalFixture.create(disk).close();

        assertThatThrownBy(() -> JournalFixture.create(disk)).isInstanceOf(StorageRefusedException.class);
    }

    @Test
    void refusesAnEmptiedDirectory() {
        assertThatThrownBy(() -> recover(disk)).isInstanceOf(CorruptStorageException.class);
    }

    @Test
    void aVoteCannotChangeWithinItsTerm() throws IOException {
        Journal journal = JournalFixture.create(disk);
        journal.append(persist(hardState(2, 1)));

        assertThatThrownBy(() -> journal.append(persist(hardState(2, 3)))).hasMessageContaining("vote");
        assertThatThrownBy(() -> journal.append(persist(hardState(1, 0)))).hasMessageContaining("term");
    }

    private static Entry configurationEntry(long term, long index, Configuration configuration) {
        return new Entry(
                new EntryId(term, index),
                EntryKind.CONFIGURATION,
                Payload.wrap(ConfigurationCodec.encode(configuration)));
    }

    private static Configuration configuration(int... ids) {
        return new Configuration(
                java.util.Arrays.stream(ids)
                        .mapToObj(id -> new Member(new NodeId(id), new MemberUuid(id, id), "127.0.0.1:" + (7000 + id)))
                        .toList(),
                List.of(),
                List.of());
    }

    private static final class SimFileSpy implements DiskFile {
        private final DiskFile file;
        private boolean closed;

        SimFileSpy(DiskFile file) {
            this.file = file;
        }

        @Override
        public void write(long position, java.nio.ByteBuffer source) throws IOException {
            file.write(position, source);
        }

        @Override
        public int read(long position, java.nio.ByteBuffer target) throws IOException {
            return file.read(position, target);
        }

        @Override
        public void preallocate(long length) throws IOException {
            file.preallocate(length);
        }

        @Override
        public void force(boolean metadata) throws IOException {
            file.force(metadata);
        }

        @Override
        public void truncate(long length) throws IOException {
            file.truncate(length);
        }

        @Override
        public long length() throws IOException {
            return file.length();
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
