package io.gavel.server.node;

import io.gavel.raft.EntryId;
import io.gavel.raft.HardState;
import io.gavel.raft.Recovered;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.Configuration;
import io.gavel.server.consensus.SnapshotDesk;
import io.gavel.server.consensus.StateSnapshots.StoredState;
import io.gavel.server.disk.Disk;
import io.gavel.server.snapshot.SnapshotFile;
import io.gavel.server.snapshot.SnapshotStore;
import io.gavel.server.storage.Identity;
import io.gavel.server.storage.Journal;
import io.gavel.server.storage.JournalOptions;
import io.gavel.server.storage.SkippedEntries;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A member's journal and snapshots, opened, and what the core and the state machine start from.
record OpenStorage(
        Journal journal,
        JournalOptions options,
        Recovered recovered,
        SnapshotStore snapshots,
        @Nullable StoredState state,
        SkippedEntries skipped) {
    private static final Logger log = LoggerFactory.getLogger(OpenStorage.class);
    private static final String JOURNAL_DIRECTORY = "journal";

    /// Opens the journal of a member, or makes it together with its identity.
    ///
    /// The identity is written last: a directory that has one belongs to a member that may have taken part, and a
    /// journal without one is left over from a start that did not get that far.
    static OpenStorage open(
            JournalOptions options,
            Disk disk,
            Identity identity,
            Configuration first,
            Consumer<Runnable> background,
            RandomGenerator random)
            throws IOException {
        Journal.Setup setup = new Journal.Setup(disk, identity, options, background, random.nextLong());
        if (Identity.read(disk) == null) {
            for (String leftOver : disk.list(JOURNAL_DIRECTORY)) {
                disk.delete(JOURNAL_DIRECTORY + "/" + leftOver);
            }
            Journal journal = Journal.create(setup, first, random.nextLong());
            identity.write(disk);
            return new OpenStorage(journal, options, fresh(first), SnapshotStore.open(disk), null, SkippedEntries.NONE);
        }
        SnapshotStore snapshots = SnapshotStore.open(disk);
        SnapshotStore.Found found = snapshots.newest();
        found.damaged().forEach(damage -> log.error("passed over a damaged snapshot: {}", damage));
        SnapshotFile newest = found.newest();
        StoredState state = newest == null ? null : SnapshotDesk.stateOf(newest);
        Journal.Opened opened = Journal.recover(setup, state == null ? null : state.meta(), random.nextLong());
        if (opened.torn() || opened.rotted() > 0 || opened.lost()) {
            log.warn(
                    "journal: unacknowledged tail dropped {}, damaged stretches {}, needs repair by the others {}",
                    opened.torn(),
                    opened.rotted(),
                    opened.lost());
        }
        return new OpenStorage(
                opened.journal(), options, opened.recovered(), snapshots, state, SkippedEntries.read(disk));
    }

    private static Recovered fresh(Configuration first) {
        return new Recovered(
                HardState.INITIAL,
                new SnapshotMeta(EntryId.ZERO, first),
                List.of(),
                EntryId.ZERO,
                List.of(),
                List.of(),
                0);
    }
}
