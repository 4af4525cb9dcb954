package io.gavel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.HardState;
import io.gavel.raft.SnapshotMeta;
import io.gavel.server.agent.HaltException;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.disk.sim.SimDisk.Keep;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Ends the process in every step of a scripted workload, and again in every step of the recovery.
///
/// Whatever survives, the recovered journal must hold exactly what was acknowledged, plus perhaps the first writes of
/// the batch that was under way; and what recovery reported must survive the next power loss.
///
/// Bugs that were planted to see these tests fail: `commit` without force; install without directory sync; rename
/// before force; recovery without the copy of the last batch (kill, then power loss); OPEN record without hard state;
/// truncation without its record; compaction that deletes segments before its record is forced; reset without the new
/// segment.
class JournalCrashTest {
    private static final int SUBSETS = 20;
    private static final int OPERATIONS = 40;

    /// What a journal is supposed to hold. Immutable.
    private record Content(HardState hardState, EntryId start, List<Entry> entries) {
        static final Content EMPTY = new Content(HardState.INITIAL, EntryId.ZERO, List.of());

        EntryId last() {
            return entries.isEmpty() ? start : entries.get(entries.size() - 1).id();
        }

        Content after(Effect.Persist write) {
            List<Entry> next = new ArrayList<>(entries);
            long from = write.truncateFrom() > 0 ? write.truncateFrom() : Long.MAX_VALUE;
            if (!write.entries().isEmpty()) {
                from = Math.min(from, write.entries().get(0).index());
            }
            long cut = from;
            next.removeIf(entry -> entry.index() >= cut);
            next.addAll(write.entries());
            return new Content(write.hardState(), start, next);
        }

        Content afterSnapshot(SnapshotMeta meta) {
            return new Content(
                    hardState,
                    meta.lastIncluded(),
                    entries.stream()
                            .filter(entry -> entry.index() > meta.lastIncluded().index())
                            .toList());
        }
    }

    /// Runs the script and keeps track of what may be found afterwards.
    private static final class Workload {
        final SimDisk disk;
        final RandomGenerator random = new SplittableRandom(7);
        Content acknowledged = Content.EMPTY;
        /// What the disk may hold if the process ends now; the acknowledged content comes first.
        List<Content> possible = List.of(acknowledged);
        SnapshotMeta snapshot = new SnapshotMeta(EntryId.ZERO, JournalFixture.BOOTSTRAP);
        boolean created;

        Workload(SimDisk disk) {
            this.disk = disk;
        }

        void run() throws IOException {
            Journal journal = JournalFixture.create(disk);
            created = true;
            for (int i = 0; i < OPERATIONS; i++) {
                switch (random.nextInt(12)) {
                    case 0 -> compact(journal);
                    case 1 -> journal.seal();
                    case 2 -> {
                        journal.close();
                        journal = JournalFixture.recover(disk, snapshotOrNull()).journal();
                    }
                    case 3 -> reset(journal);
                    default -> write(journal);
                }
            }
            journal.close();
        }

        @Nullable
        SnapshotMeta snapshotOrNull() {
            return snapshot.lastIncluded().equals(EntryId.ZERO) ? null : snapshot;
        }

        private void write(Journal journal) throws IOException {
            List<Content> states = new ArrayList<>(List.of(acknowledged));
            for (int writes = 1 + random.nextInt(3); writes > 0; writes--) {
                Content before = states.get(states.size() - 1);
                Effect.Persist write = randomWrite(before);
                journal.append(write);
                states.add(before.after(write));
            }
            possible = states;
            journal.commit();
            acknowledged = states.get(states.size() - 1);
            possible = List.of(acknowledged);
        }

        private Effect.Persist randomWrite(Content before) {
            HardState hardState = before.hardState();
            long last = before.last().index();
            long from = 0;
            if (random.nextInt(3) == 0 || hardState.currentTerm() == 0) {
                hardState = JournalFixture.hardState(hardState.currentTerm() + 1, random.nextInt(4));
                if (last > before.start().index() && random.nextBoolean()) {
                    from = last
                            - random.nextLong(Math.min(3, last - before.start().index()));
                    last = from - 1;
                }
            }
            List<Entry> entries = new ArrayList<>();
            for (int count = random.nextInt(4); count > 0; count--) {
                entries.add(JournalFixture.entry(hardState.currentTerm(), ++last, random.nextInt(2500)));
            }
            return new Effect.Persist(1, hardState, from, entries);
        }

        private void compact(Journal journal) throws IOException {
            if (acknowledged.entries().isEmpty()) {
                return;
            }
            EntryId through = acknowledged
                    .entries()
                    .get(random.nextInt(acknowledged.entries().size()))
                    .id();
            // The snapshot is durable before the log is told to forget.
            snapshot = new SnapshotMeta(through, JournalFixture.BOOTSTRAP);
            acknowledged = acknowledged.afterSnapshot(snapshot);
            possible = List.of(acknowledged);
            journal.compact(through);
        }

        private void reset(Journal journal) throws IOException {
            long term = acknowledged.hardState().currentTerm();
            EntryId included = new EntryId(term + 1, acknowledged.last().index() + random.nextInt(3));
            snapshot = new SnapshotMeta(included, JournalFixture.BOOTSTRAP);
            // From here on recovery discards the log, because it lacks the snapshot's last entry (rule 14).
            Content discarded = new Content(acknowledged.hardState(), included, List.of());
            Content reset = new Content(JournalFixture.hardState(term + 1, 0), included, List.of());
            possible = List.of(discarded, reset);
            acknowledged = discarded;
            journal.reset(new Effect.ResetLog(1, reset.hardState(), snapshot));
            acknowledged = reset;
            possible = List.of(reset);
        }

        Content recover() throws IOException {
            Journal.Opened opened = JournalFixture.recover(disk, snapshotOrNull());
            assertThat(opened.lost()).as("nothing is lost in a crash").isFalse();
            assertThat(opened.rotted()).as("a crash is not rot").isZero();
            return new Content(
                    opened.recovered().hardState(),
                    opened.recovered().snapshot().lastIncluded(),
                    JournalFixture.log(opened));
        }
    }

    @Test
    void whatWasAcknowledgedSurvivesACrashInEveryStep() throws IOException {
        long steps = stepsOfWholeRun();
        for (long step = 1; step <= steps; step++) {
            crashAndCheck(step, Keep.FORCED, 0);
            crashAndCheck(step, Keep.EVERYTHING, 0);
            crashAndCheck(step, Keep.PAGE_CACHE, 0);
            for (int seed = 1; seed <= SUBSETS; seed++) {
                crashAndCheck(step, Keep.RANDOM_SUBSET, seed);
            }
        }
    }

    @Test
    void aRecoveryThatCrashesIsRecoveredFrom() throws IOException {
        long steps = stepsOfWholeRun();
        for (long step = 5; step <= steps; step += 11) {
            for (Keep keep : List.of(Keep.FORCED, Keep.PAGE_CACHE, Keep.RANDOM_SUBSET)) {
                for (int inRecovery = 1; crashTwice(step, inRecovery, keep); inRecovery++) {}
            }
        }
    }

    /// A disk that fails once, drops the bytes and works again must not be believed afterwards.
    @Test
    void nothingIsBelievedAfterAnErrorThatPassed() throws IOException {
        long steps = stepsOfWholeRun();
        for (long step = 1; step <= steps; step++) {
            SimDisk disk = new SimDisk();
            disk.failAtStep(step);
            Workload workload = new Workload(disk);
            assertThatThrownBy(workload::run)
                    .as("step=" + step)
                    .isInstanceOfAny(IOException.class, HaltException.class);
            if (!workload.created) {
                continue;
            }
            disk.restart(Keep.PAGE_CACHE, workload.random);
            Content first = workload.recover();
            assertThat(first).as("step=" + step).isIn(workload.possible);
            disk.restart(Keep.FORCED, workload.random);
            assertThat(workload.recover()).as("after power loss, step=" + step).isEqualTo(first);
        }
    }

    private static long stepsOfWholeRun() throws IOException {
        SimDisk disk = new SimDisk();
        new Workload(disk).run();
        return disk.steps();
    }

    private static Workload runUntilCrash(long step) throws IOException {
        SimDisk disk = new SimDisk();
        disk.crashAtStep(step);
        Workload workload = new Workload(disk);
        try {
            workload.run();
            throw new AssertionError("step " + step + " was not reached");
        } catch (SimDisk.Crashed expected) {
            return workload;
        }
    }

    private static void crashAndCheck(long step, Keep keep, int seed) throws IOException {
        Workload workload = runUntilCrash(step);
        RandomGenerator random = new SplittableRandom(seed * 1000L + step);
        workload.disk.restart(keep, random);
        if (!workload.created) {
            return;
        }
        String where = "step=" + step + " keep=" + keep + " seed=" + seed;
        Content first = workload.recover();
        assertThat(first).as(where).isIn(workload.possible);

        workload.disk.restart(Keep.FORCED, random);
        assertThat(workload.recover()).as("after power loss, " + where).isEqualTo(first);
    }

    /// Returns false when the recovery has fewer steps than `inRecovery`.
    private static boolean crashTwice(long step, int inRecovery, Keep keep) throws IOException {
        Workload workload = runUntilCrash(step);
        RandomGenerator random = new SplittableRandom(step * 100 + inRecovery);
        workload.disk.restart(keep, random);
        if (!workload.created) {
            return false;
        }
        workload.disk.crashAtStep(workload.disk.steps() + inRecovery);
        boolean crashed = false;
        try {
            workload.recover();
        } catch (SimDisk.Crashed expected) {
            crashed = true;
        }
        workload.disk.restart(keep, random);
        assertThat(workload.recover())
                .as("step=" + step + " inRecovery=" + inRecovery + " keep=" + keep)
                .isIn(workload.possible);
        return crashed;
    }
}
