package io.gavel.server.node;

import io.gavel.raft.EntryId;
import io.gavel.raft.HardState;
import io.gavel.raft.Recovered;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.Configuration;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.storage.Disk;
import io.gavel.server.storage.Identity;
import io.gavel.server.storage.Journal;
import io.gavel.server.storage.JournalOptions;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A member's journal, opened, and what the core starts from.
record OpenStorage(Journal journal, JournalOptions options, Recovered recovered) {
    private static final Logger log = LoggerFactory.getLogger(OpenStorage.class);
    private static final String JOURNAL_DIRECTORY = "journal";

    /// Opens the journal of a member, or makes it together with its identity.
    ///
    /// The identity is written last: a directory that has one belongs to a member that may have taken part, and a
    /// journal without one is left over from a start that did not get that far.
    static OpenStorage open(
            ServerConfig config,
            Disk disk,
            Identity identity,
            Configuration first,
            Consumer<Runnable> background,
            RandomGenerator random)
            throws IOException {
        JournalOptions defaults = JournalOptions.DEFAULT;
        JournalOptions options = new JournalOptions(
                Math.toIntExact(config.storage().segmentBytes()),
                defaults.maxBatchBytes(),
                defaults.maxBatchWrites(),
                defaults.recentEntryBytes(),
                defaults.sealAfterNanos(),
                defaults.retryFullDiskNanos());
        Journal.Setup setup = new Journal.Setup(disk, identity, options, background, random.nextLong());
        if (Identity.read(disk) == null) {
            for (String leftOver : disk.list(JOURNAL_DIRECTORY)) {
                disk.delete(JOURNAL_DIRECTORY + "/" + leftOver);
            }
            Journal journal = Journal.create(setup, first, random.nextLong());
            identity.write(disk);
            return new OpenStorage(journal, options, fresh(first));
        }
        Journal.Opened opened = Journal.recover(setup, null, random.nextLong());
        if (opened.torn() || opened.rotted() > 0 || opened.lost()) {
            log.warn(
                    "journal: unacknowledged tail dropped {}, damaged stretches {}, needs repair by the others {}",
                    opened.torn(),
                    opened.rotted(),
                    opened.lost());
        }
        return new OpenStorage(opened.journal(), options, opened.recovered());
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
