package io.gavel.server.storage;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.Recovered;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.TermRun;
import io.gavel.raft.log.TermRuns;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.StorageRefusedException;
import io.gavel.server.storage.JournalReader.LogRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns the segments of a directory into a journal that can be trusted, and what the core starts from (rules 22–25).
///
/// Nothing that was read counts as durable before the last batch has been copied into a fresh segment and that one
/// is synced: the bytes may so far exist in the page cache only. A recovery that is interrupted at any point leaves
/// directories from which the next one comes to the same result.
final class JournalRecovery {
    private final Journal.Setup setup;
    private final SegmentFiles files;
    private final LogIndex index = new LogIndex();
    private final TermRuns terms = new TermRuns(0, 0);
    private final List<Segment> segments = new ArrayList<>();

    /// Where the recovered log begins and ends, and whether something that was acknowledged may be missing.
    private record Extent(EntryId start, long lastIndex, boolean lost) {}

    /// The first batch of the fresh segment, and the last one before it that counts.
    private record Batches(long first, long preceding) {}

    private record Found(String name, DiskFile file, SegmentHeader header) {}

    JournalRecovery(Journal.Setup setup) {
        this.setup = setup;
        this.files = new SegmentFiles(setup.disk(), setup.options().segmentBytes(), setup.background());
    }

    /// Makes the first segment of a new member.
    Journal create(Configuration bootstrap, long nonce) throws IOException {
        files.prepareDirectory();
        if (!segmentNumbers().isEmpty()) {
            throw new StorageRefusedException(
                    "journal", "absent for a new member", segmentNumbers().size() + " segments");
        }
        JournalState state = new JournalState(bootstrap);
        state.onStart(nonce);
        index.reset(0);
        Segment first = installFresh(state, 1, new Batches(1, 0), List.of());
        return new Journal(setup, new Journal.Parts(files, index, terms), state, first, 1);
    }

    /// Recovers; `snapshot` is the newest one that is usable, null = none.
    Journal.Opened recover(@Nullable SnapshotMeta snapshot, long nonce) throws IOException {
        files.prepareDirectory();
        List<Long> numbers = segmentNumbers();
        List<Found> found = openSegments(numbers);
        JournalReplay replay = replay(found);
        if (replay.unproven) {
            throw new CorruptStorageException(
                    "journal: damaged, and no later record proves the newest term and vote; replace this member");
        }
        Extent extent = extent(replay, snapshot);
        JournalState state = stateAfter(replay, extent, snapshot, nonce);
        state.forgetFormerPeers();
        index(replay, extent);
        List<Entry> unproven = unprovenEntries(replay, extent);
        Batches batches = new Batches(replay.lastBatch + 1, replay.provenBatch);
        Segment fresh = installFresh(state, numbers.get(numbers.size() - 1) + 1, batches, unproven);
        if (replay.rotted == 0) {
            // Nothing is ever added to it again; after many restarts the unused room would add up.
            Segment old = segments.get(segments.size() - 1);
            old.file.truncate(old.used);
        }
        long nextBatch = unproven.isEmpty() ? batches.first() : batches.first() + 1;
        Journal journal = new Journal(setup, new Journal.Parts(files, index, terms), state, fresh, nextBatch);
        journal.deleteCompacted();
        return new Journal.Opened(
                journal, recovered(state, extent, snapshot), replay.rotted, replay.torn, extent.lost());
    }

    private List<Long> segmentNumbers() throws IOException {
        return setup.disk().list(SegmentFiles.DIRECTORY).stream()
                .map(SegmentFiles::numberOf)
                .filter(number -> number >= 0)
                .sorted()
                .toList();
    }

    private List<Found> openSegments(List<Long> numbers) throws IOException {
        List<Found> found = new ArrayList<>();
        for (long number : numbers) {
            String name = SegmentFiles.nameOf(number);
            DiskFile file = setup.disk().open(name);
            SegmentHeader header = SegmentScan.header(file);
            if (header != null && header.key().number() == number) {
                setup.requireSameOwner(header);
                found.add(new Found(name, file, header));
            } else {
                file.close();
            }
        }
        if (found.isEmpty() || found.get(found.size() - 1).header().key().number() != numbers.get(numbers.size() - 1)) {
            throw new CorruptStorageException(
                    "journal: the newest segment is missing or its header damaged; replace this member");
        }
        return found;
    }

    private JournalReplay replay(List<Found> found) throws IOException {
        JournalReplay replay = new JournalReplay(found.get(0).header());
        ByteBuffer buffer = ByteBuffer.allocate(0);
        for (int i = 0; i < found.size(); i++) {
            Found next = found.get(i);
            SegmentHeader header = next.header();
            replay.checkpoint(header);
            buffer = SegmentScan.load(next.file(), buffer);
            SegmentScan scan = SegmentScan.of(buffer, header.key(), header.firstBatch());
            if (i + 1 < found.size()) {
                replay.replayProven(i, buffer, scan, found.get(i + 1).header().precedingBatch());
            } else {
                replay.replayLast(i, buffer, scan);
                refuseFalseTear(replay, next, buffer);
            }
            Segment segment = new Segment(header.key(), next.name(), next.file(), buffer.limit());
            segment.used = scan.end();
            segment.highestEntry = header.state().last.index();
            for (SegmentScan.Item item : scan.items()) {
                if (item instanceof SegmentScan.Found(JournalRecord record)
                        && record.type() == JournalRecord.RecordType.ENTRY) {
                    segment.highestEntry = Math.max(segment.highestEntry, record.index());
                }
            }
            segments.add(segment);
        }
        return replay;
    }

    /// Nothing but the bytes themselves says that the last batch was torn, so they are believed when they read alike
    /// twice: a disk that errs in a single read must not cost a durable entry or vote.
    private static void refuseFalseTear(JournalReplay replay, Found newest, ByteBuffer buffer) throws IOException {
        if (replay.torn && !SegmentScan.readsAlike(newest.file(), buffer)) {
            throw new IOException("journal: two readings of " + newest.name() + " differ");
        }
    }

    /// Rule 14: a log that lacks the snapshot's last entry with the same term is discarded as a whole.
    private static Extent extent(JournalReplay replay, @Nullable SnapshotMeta snapshot) {
        EntryId base = replay.state.base;
        EntryId included = snapshot == null ? EntryId.ZERO : snapshot.lastIncluded();
        long last = replay.log.lastIndex();
        if (included.index() < base.index()) {
            // The snapshot that the entries below the base went into is gone.
            return new Extent(included, included.index(), true);
        }
        if (included.index() > last) {
            return new Extent(included, included.index(), false);
        }
        long termThere = included.index() == base.index() ? base.term() : replay.log.termAt(included.index());
        if (termThere != included.term()) {
            return new Extent(included, included.index(), termThere < 0);
        }
        long intact = replay.log.intactAfter(base);
        if (intact >= included.index()) {
            return new Extent(base, intact, intact < last);
        }
        long intactAfterSnapshot = replay.log.intactAfter(included);
        return new Extent(included, intactAfterSnapshot, intactAfterSnapshot < last);
    }

    private static JournalState stateAfter(
            JournalReplay replay, Extent extent, @Nullable SnapshotMeta snapshot, long nonce) {
        JournalState state = JournalState.copyOf(replay.state);
        long start = extent.start().index();
        Entry atStart = replay.configurationAt(start);
        if (snapshot != null && start == snapshot.lastIncluded().index()) {
            state.baseConfiguration = snapshot.configuration();
        } else if (snapshot == null && extent.lost() && start < replay.state.base.index()) {
            // Nothing but the newest configuration in a header tells whom to ask for a snapshot.
            Entry newest = replay.configurationAt(Long.MAX_VALUE);
            state.baseConfiguration = newest == null ? state.baseConfiguration : configurationOf(newest);
        } else if (atStart != null) {
            state.baseConfiguration = configurationOf(atStart);
        }
        state.base = extent.start();
        state.configurations = replay.configurationsBetween(start, extent.lastIndex()).stream()
                .filter(entry -> replay.log.has(entry.index()))
                .toList();
        state.highestIndex = Math.max(state.highestIndex, extent.lastIndex());
        if (extent.lost()) {
            state.repairUntil = Math.max(state.repairUntil, state.highestIndex);
        }
        state.onStart(nonce);
        return state;
    }

    private static Configuration configurationOf(Entry entry) {
        return ConfigurationCodec.decode(entry.payload().bytes());
    }

    private void index(JournalReplay replay, Extent extent) throws IOException {
        for (Segment segment : segments) {
            index.add(segment);
        }
        terms.reset(extent.start().term(), extent.start().index());
        index.reset(extent.start().index());
        for (long i = extent.start().index() + 1; i <= extent.lastIndex(); i++) {
            index.append(segments.get(replay.log.segmentOf(i)), i, replay.log.offsetOf(i));
            terms.append(replay.log.termAt(i));
        }
    }

    /// The entries at the end of the log that the last batch wrote: perhaps only the page cache has them.
    private List<Entry> unprovenEntries(JournalReplay replay, Extent extent) throws IOException {
        long first = replay.log.firstWrittenSince(
                replay.provenBatch + 1, extent.start().index(), extent.lastIndex());
        return first > extent.lastIndex() ? List.of() : entries(first, extent.lastIndex());
    }

    private List<Entry> entries(long first, long last) throws IOException {
        List<Entry> entries = new ArrayList<>();
        JournalReader reader = new JournalReader(index);
        EntryId before = idAt(first - 1);
        while (before.index() < last) {
            LogRange range = reader.read(before, idAt(last), Integer.MAX_VALUE);
            if (!(range instanceof LogRange.Entries(List<Entry> more))) {
                throw new CorruptStorageException("journal: entries changed while they were recovered: " + range);
            }
            entries.addAll(more);
            before = more.get(more.size() - 1).id();
        }
        return entries;
    }

    /// Makes a segment durable that begins with a copy of these entries.
    private Segment installFresh(JournalState state, long number, Batches batches, List<Entry> copied)
            throws IOException {
        EntryId end = idAt(terms.lastIndex());
        EntryId before = copied.isEmpty() ? end : idAt(copied.get(0).index() - 1);
        state.last = before;
        JournalState head = JournalState.copyOf(state);
        SegmentHeader header = setup.header(number, batches.first(), batches.preceding(), head);
        Batch batch = new Batch();
        ByteBuffer bytes = ByteBuffer.allocate(0);
        if (!copied.isEmpty()) {
            batch.open(JournalRecord.RecordType.OPEN, head);
            long previousTerm = before.term();
            for (Entry entry : copied) {
                batch.entry(entry, previousTerm);
                previousTerm = entry.term();
            }
            batch.endWrite();
            bytes = batch.finish(header.key(), header.firstBatch(), SegmentHeader.REGION_BYTES);
        }
        Segment fresh = files.install(header, bytes, 0);
        index.add(fresh);
        index.publish(batch, fresh, SegmentHeader.REGION_BYTES);
        state.last = end;
        return fresh;
    }

    private Recovered recovered(JournalState state, Extent extent, @Nullable SnapshotMeta snapshot) throws IOException {
        SnapshotMeta meta = snapshot == null ? new SnapshotMeta(EntryId.ZERO, state.baseConfiguration) : snapshot;
        long included = meta.lastIncluded().index();
        List<Entry> configurations = state.configurations.stream()
                .filter(entry -> entry.index() > included && entry.kind() == EntryKind.CONFIGURATION)
                .toList();
        return new Recovered(
                state.hardState,
                meta,
                termRuns(included + 1, extent.lastIndex()),
                extent.lastIndex() > included ? idAt(extent.lastIndex()) : meta.lastIncluded(),
                configurations,
                recentEntries(included, extent.lastIndex()),
                state.repairUntil);
    }

    private List<TermRun> termRuns(long first, long last) {
        List<TermRun> runs = new ArrayList<>();
        for (long i = first; i <= last; i++) {
            long term = terms.termAt(i);
            if (runs.isEmpty() || runs.get(runs.size() - 1).term() != term) {
                runs.add(new TermRun(term, i));
            }
        }
        return List.copyOf(runs);
    }

    private EntryId idAt(long at) {
        return new EntryId(terms.termAt(at), at);
    }

    private List<Entry> recentEntries(long after, long last) throws IOException {
        long first = index.firstWithin(setup.options().recentEntryBytes(), after + 1);
        return first > last ? List.of() : entries(first, last);
    }
}
