package io.gavel.server.storage;

import static io.gavel.server.storage.JournalFixture.entry;
import static io.gavel.server.storage.JournalFixture.hardState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.agent.Mailbox;
import io.gavel.server.disk.sim.SimDisk;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JournalAgentTest {
    private final SimDisk disk = new SimDisk();
    private final SimEvents events = new SimEvents();
    private final SimListener listener = new SimListener();
    private final ArrayDeque<Runnable> bulk = new ArrayDeque<>();
    private final Mailbox<Effect.ForJournal> effects = mailbox();
    private final Mailbox<PeerBoot> peers = mailbox();
    private JournalAgent agent;
    private static final long SECOND = 1_000_000_000L;
    private long now;

    @BeforeEach
    void start() throws IOException {
        agent = agentOn(JournalFixture.create(disk));
    }

    @Test
    void forcesOnceForAllThatWaitAndReportsInOrder() {
        for (int i = 1; i <= 30; i++) {
            effects.offer(new Effect.Persist(i, hardState(1, 1), 0, List.of(entry(1, i))));
        }
        peers.offer(new PeerBoot(new MemberUuid(1, 1), 1, 2, 3));
        long before = disk.steps();

        agent.doWork(now);

        assertThat(disk.steps() - before).as("one write, one force").isEqualTo(2);
        assertThat(events.persisted).hasSize(30).isSorted();
        assertThat(events.peers).hasSize(1);
        assertThat(listener.writes).containsExactly(30);
    }

    @Test
    void reportsNothingWhoseForceFailedAndHalts() {
        effects.offer(new Effect.Persist(1, hardState(1, 1), 0, List.of(entry(1, 1))));
        disk.failAtStep(disk.steps() + 2);

        assertThatThrownBy(() -> agent.doWork(now))
                .isInstanceOfSatisfying(
                        HaltException.class, halt -> assertThat(halt.exitCode()).isEqualTo(ExitCode.STORAGE_FAILED));
        assertThat(events.persisted).isEmpty();
    }

    @Test
    void aResetWaitsForWhatCameBeforeAndGoesBeforeWhatComesAfter() throws IOException {
        SnapshotMeta snapshot = new SnapshotMeta(new EntryId(2, 50), JournalFixture.BOOTSTRAP);
        effects.offer(new Effect.Persist(1, hardState(2, 1), 0, List.of(entry(1, 1))));
        effects.offer(new Effect.ResetLog(2, hardState(2, 1), snapshot));
        effects.offer(new Effect.Persist(3, hardState(2, 1), 0, List.of(entry(2, 51))));

        runUntilIdle();

        assertThat(events.persisted).containsExactly(1L, 2L, 3L);
        assertThat(JournalFixture.log(JournalFixture.recover(disk, snapshot))).containsExactly(entry(2, 51));
    }

    @Test
    void readsRangesPieceByPieceOnTheBulkThread() {
        List<Entry> entries = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            entries.add(entry(1, i, 30_000));
        }
        effects.offer(new Effect.Persist(1, hardState(1, 1), 0, entries));
        effects.offer(new Effect.SendLogRange(new NodeId(2), 1, EntryId.ZERO, new EntryId(1, 10), 0));
        agent.doWork(now);
        assertThat(events.sent).as("not on the journal's thread").isEmpty();

        int pieces = 0;
        for (Runnable task = bulk.poll(); task != null; task = bulk.poll()) {
            task.run();
            pieces++;
        }

        assertThat(events.sent).isEqualTo(entries);
        assertThat(pieces).isEqualTo(5);
    }

    @Test
    void saysThatACompactedRangeIsGoneAndDropsAMismatch() {
        effects.offer(new Effect.Persist(1, hardState(1, 1), 0, List.of(entry(1, 1), entry(1, 2), entry(1, 3))));
        effects.offer(new Effect.CompactPrefix(new EntryId(1, 2)));
        effects.offer(new Effect.SendLogRange(new NodeId(2), 1, EntryId.ZERO, new EntryId(1, 3), 0));
        effects.offer(new Effect.SendLogRange(new NodeId(2), 1, new EntryId(1, 2), new EntryId(2, 3), 0));
        runUntilIdle();

        assertThat(events.gone).containsExactly(3L);
        assertThat(events.sent).isEmpty();
    }

    @Test
    void sealsWhenIdle() throws IOException {
        effects.offer(new Effect.Persist(1, hardState(1, 1), 0, List.of(entry(1, 1))));
        agent.doWork(now);
        long before = disk.steps();
        assertThat(agent.nextDeadlineNanos()).isEqualTo(now + JournalFixture.SMALL.sealAfterNanos());

        now = agent.nextDeadlineNanos();
        agent.doWork(now);

        assertThat(disk.steps() - before).isEqualTo(2);
        assertThat(agent.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aFullDiskHoldsWritesInOrderUntilCompactionBehindThemFreedSpace() throws IOException {
        long writeId = 0;
        disk.limitSpace(0);
        while (!listener.waiting) {
            writeId++;
            effects.offer(new Effect.Persist(writeId, hardState(1, 1), 0, List.of(entry(1, writeId, 2500))));
            agent.doWork(now);
        }
        long waiting = writeId;
        assertThat(events.persisted).hasSize((int) waiting - 1);
        effects.offer(new Effect.Persist(waiting + 1, hardState(1, 1), 0, List.of(entry(1, waiting + 1))));
        agent.doWork(now);
        assertThat(agent.nextDeadlineNanos()).isGreaterThan(now);

        effects.offer(new Effect.CompactPrefix(new EntryId(1, waiting - 1)));
        agent.doWork(now);
        now = agent.nextDeadlineNanos();
        runUntilIdle();

        assertThat(listener.waiting).isFalse();
        assertThat(events.persisted).hasSize((int) waiting + 1).isSorted();
        SnapshotMeta snapshot = new SnapshotMeta(new EntryId(1, waiting - 1), JournalFixture.BOOTSTRAP);
        disk.limitSpace(1 << 20);
        assertThat(JournalFixture.log(JournalFixture.recover(disk, snapshot))).hasSize(2);
    }

    @Test
    void measuresFreeSpaceAfterWritesAndUntilThereIsEnough() {
        disk.limitSpace(5 << 20);
        agent.doWork(now);
        assertThat(listener.usable).as("nothing was written").isEmpty();
        effects.offer(new Effect.Persist(1, hardState(1, 1), 0, List.of(entry(1, 1))));
        agent.doWork(now);
        assertThat(listener.usable).hasSize(1);
        runUntilIdle();
        now += SECOND;
        agent.doWork(now);
        assertThat(listener.usable).as("an idle journal does not ask").hasSize(1);

        listener.spaceShort = true;
        disk.limitSpace(7 << 20);
        assertThat(agent.nextDeadlineNanos()).isLessThanOrEqualTo(now);
        agent.doWork(now);
        assertThat(agent.nextDeadlineNanos()).isBetween(now + 1, now + SECOND);
        now += SECOND;
        agent.doWork(now);

        assertThat(listener.usable).hasSize(3).last().isEqualTo(listener.usable.getFirst() + (2L << 20));
    }

    @Test
    void stopsWithASealedJournal() throws IOException {
        effects.offer(new Effect.Persist(1, hardState(1, 1), 0, List.of(entry(1, 1))));
        agent.doWork(now);

        agent.onStop();

        assertThat(JournalFixture.log(JournalFixture.recover(disk))).containsExactly(entry(1, 1));
    }

    private void runUntilIdle() {
        while (agent.doWork(now) > 0) {
            now++;
        }
        for (Runnable task = bulk.poll(); task != null; task = bulk.poll()) {
            task.run();
        }
    }

    private JournalAgent agentOn(Journal journal) {
        return new JournalAgent(
                journal,
                JournalFixture.SMALL,
                effects,
                peers,
                new JournalAgent.Ports(events, listener, bulk::add, () -> now));
    }

    private static <T> Mailbox<T> mailbox() {
        Mailbox.Limits limits = new Mailbox.Limits(1024, 1 << 20);
        return new Mailbox<>(limits, limits, item -> 1, () -> {});
    }

    private static final class SimListener implements JournalListener {
        final List<Integer> writes = new ArrayList<>();
        final List<Long> usable = new ArrayList<>();
        boolean waiting;
        boolean spaceShort;

        @Override
        public void onCommit(int writeCount, int bytes, long nanos) {
            writes.add(writeCount);
        }

        @Override
        public void onDiskFull(boolean isWaiting) {
            waiting = isWaiting;
        }

        @Override
        public void onUsableSpace(long bytes) {
            usable.add(bytes);
        }

        @Override
        public boolean isSpaceShort() {
            return spaceShort;
        }
    }

    private static final class SimEvents implements JournalEvents {
        final List<Long> persisted = new ArrayList<>();
        final List<PeerBoot> peers = new ArrayList<>();
        final List<Entry> sent = new ArrayList<>();
        final List<Long> gone = new ArrayList<>();

        @Override
        public void onPersisted(long writeId) {
            persisted.add(writeId);
        }

        @Override
        public void onPeerRecorded(PeerBoot peer) {
            peers.add(peer);
        }

        @Override
        public void onLogRange(Effect.SendLogRange request, EntryId previous, List<Entry> entries) {
            assertThat(entries.get(0).index()).isEqualTo(previous.index() + 1);
            sent.addAll(entries);
        }

        @Override
        public void onRangeGone(Effect.SendLogRange request, long firstIndex) {
            gone.add(firstIndex);
        }
    }
}
