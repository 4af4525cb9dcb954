package io.gavel.server.storage;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.HardState;
import io.gavel.raft.Recovered;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.check.Invariants;
import io.gavel.raft.log.TermRuns;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.server.disk.Disk;
import io.gavel.server.disk.DiskFullException;
import io.gavel.server.disk.StorageRefusedException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The one log on disk for term, vote and entries: what [#commit] returned from is durable (rules 22–26).
///
/// `append*` only gathers; [#commit] writes all of it as one numbered batch with one fsync. After an `IOException`
/// other than [DiskFullException] the object must not be used again and the process must end.
///
/// Confined to one thread, apart from [#reader].
public final class Journal implements Closeable {
    /// What a journal is made of.
    ///
    /// @param background runs a task on another thread, or inline; used to prepare segment files ahead of need
    /// @param saltSeed   a random number that clients cannot know
    public record Setup(
            Disk disk, Identity identity, JournalOptions options, Consumer<Runnable> background, long saltSeed) {

        private long salt(long segmentNumber) {
            long z = saltSeed + segmentNumber * 0x9E3779B97F4A7C15L;
            z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
            return z ^ (z >>> 31);
        }

        SegmentHeader header(long number, long firstBatch, long precedingBatch, JournalState state) {
            JournalRecord.SegmentKey key = new JournalRecord.SegmentKey(number, salt(number));
            return new SegmentHeader(identity.clusterId(), identity.uuid(), key, firstBatch, precedingBatch, state);
        }

        void requireSameOwner(SegmentHeader header) throws StorageRefusedException {
            new Identity(header.clusterId(), identity.memberId(), header.uuid(), identity.incarnation())
                    .requireSameAs(identity);
        }
    }

    /// A recovered journal and what the core starts from.
    ///
    /// @param rotted how many stretches of the journal were damaged after they had been durable
    /// @param torn   whether a crash left a part of an unacknowledged batch, which was dropped
    /// @param lost   whether acknowledged entries are missing, so that the member must be repaired by the others
    public record Opened(Journal journal, Recovered recovered, int rotted, boolean torn, boolean lost) {}

    record Parts(SegmentFiles files, LogIndex index, TermRuns terms) {}

    private final Setup setup;
    private final SegmentFiles files;
    private final LogIndex index;
    private final JournalReader reader;
    /// Terms with the pending batch included.
    private final TermRuns terms;
    /// What is durable.
    private final JournalState committed;
    /// What will be durable with the pending batch.
    private final JournalState pending;

    private final Batch batch = new Batch();
    private final Batch housekeeping = new Batch();
    private Segment current;
    private long nextBatch;
    private boolean sealed;

    Journal(Setup setup, Parts parts, JournalState state, Segment current, long nextBatch) {
        this.setup = setup;
        this.files = parts.files();
        this.index = parts.index();
        this.terms = parts.terms();
        this.reader = new JournalReader(index);
        this.committed = JournalState.copyOf(state);
        this.pending = JournalState.copyOf(state);
        this.current = current;
        this.nextBatch = nextBatch;
        files.prepareSpare();
    }

    /// Makes the journal of a new member; `bootstrap` is the configuration before the first entry, `nonce` is random.
    /// [StorageRefusedException] when there already is one.
    public static Journal create(Setup setup, Configuration bootstrap, long nonce) throws IOException {
        return new JournalRecovery(setup).create(bootstrap, nonce);
    }

    /// Opens the journal of a member that ran before. `snapshot` is the newest usable one, null when there is none.
    ///
    /// Throws [CorruptStorageException] when damage leaves the newest term and vote unproven, and
    /// [StorageRefusedException] when the journal is another member's or of a newer version.
    public static Opened recover(Setup setup, @Nullable SnapshotMeta snapshot, long nonce) throws IOException {
        return new JournalRecovery(setup).recover(snapshot, nonce);
    }

    /// Adds a write of the core to the pending batch.
    public void append(Effect.Persist write) {
        begin();
        int before = batch.bytes();
        if (write.truncateFrom() > 0 && write.truncateFrom() <= terms.lastIndex()) {
            truncate(write.truncateFrom());
        }
        for (Entry entry : write.entries()) {
            if (entry.index() <= terms.lastIndex()) {
                truncate(entry.index());
            }
            Invariants.check(
                    entry.index() == terms.lastIndex() + 1, "entries have no gaps", entry.index(), terms.lastIndex());
            batch.entry(entry, pending.last.term());
            terms.append(entry.term());
            pending.onEntry(entry);
        }
        appendHardState(write.hardState());
        endWrite(before);
    }

    /// Adds the end of the repair to the pending batch (rule 25).
    public void append(Effect.MarkRepaired write) {
        begin();
        batch.repaired();
        pending.repairUntil = 0;
        batch.endWrite();
    }

    /// Adds the beginning of a repair to the pending batch: a peer knows that entries are missing here (rule
    /// 21).
    public void append(Effect.MarkRepairing write) {
        begin();
        batch.repairing(write.until());
        pending.repairUntil = write.until();
        batch.endWrite();
    }

    /// Adds what is newly known of a peer to the pending batch (rule 21).
    public void recordPeer(PeerBoot peer) {
        begin();
        batch.peer(peer);
        pending.onPeer(peer);
        pending.forgetFormerPeers();
        batch.endWrite();
    }

    /// Makes everything appended durable; returns the bytes written, 0 when there was nothing to do.
    ///
    /// [DiskFullException] when a new segment is needed and there is no space for it: nothing is lost, the batch is
    /// still pending, and the call may be repeated after something was deleted.
    public int commit() throws IOException {
        int bytes = batch.bytes();
        if (batch.writes() == 0) {
            batch.clear();
            return 0;
        }
        if (current.capacity - SegmentFiles.HOUSEKEEPING_BYTES - current.used < bytes) {
            roll(committed, bytes);
        }
        write(batch);
        committed.set(pending);
        sealed = false;
        return bytes;
    }

    /// Empties the log durably; it begins after the snapshot from now on (rule 14). Nothing may be pending.
    /// [DiskFullException] as for [#commit].
    public void reset(Effect.ResetLog write) throws IOException {
        Invariants.check(batch.isEmpty(), "a reset must not overtake pending writes");
        JournalState next = JournalState.copyOf(committed);
        next.hardState = write.hardState();
        next.onReset(write.meta().lastIncluded(), write.meta().configuration());
        roll(next, 0);
        terms.reset(next.base.term(), next.base.index());
        index.reset(next.base.index());
        committed.set(next);
        pending.set(next);
        deleteAllButCurrent();
    }

    /// Gives up the entries up to `through`, which a durable snapshot includes, and the segments that hold only such.
    /// Returns false when there was no room to note it; then nothing has changed.
    public boolean compact(EntryId through) throws IOException {
        if (through.index() <= committed.base.index()) {
            return true;
        }
        Invariants.check(through.index() <= committed.last.index(), "compaction must not reach beyond the durable log");
        housekeeping.open(JournalRecord.RecordType.OPEN, committed);
        housekeeping.compact(through);
        housekeeping.endWrite();
        if (!writeHousekeeping()) {
            return false;
        }
        Configuration configuration = configurationAt(through.index());
        committed.onCompact(through, configuration);
        pending.onCompact(through, configuration);
        terms.compactThrough(through.index());
        index.compact(through.index());
        deleteCompacted();
        return true;
    }

    /// Proves the last batch durable to the next recovery (rule 23); to be called when the journal is idle.
    public void seal() throws IOException {
        if (sealed || !batch.isEmpty()) {
            return;
        }
        housekeeping.open(JournalRecord.RecordType.SEAL, committed);
        housekeeping.endWrite();
        writeHousekeeping();
        sealed = true;
    }

    public boolean isSealed() {
        return sealed;
    }

    /// Bytes of the pending batch.
    public int pendingBytes() {
        return batch.bytes();
    }

    /// Reads entries, on any thread.
    public JournalReader reader() {
        return reader;
    }

    /// How often this member started, this start included (rule 21).
    public long bootCount() {
        return committed.bootCount;
    }

    /// The random numbers of the newest starts, this one's first.
    public List<Long> nonces() {
        return committed.nonces;
    }

    /// What is durably known of the peers.
    public List<PeerBoot> peers() {
        return committed.peers;
    }

    /// Files of the log; for operators and tests.
    public int segmentCount() {
        return index.segmentCount();
    }

    /// Bytes that may still be allocated on this disk.
    public long usableBytes() throws IOException {
        return setup.disk().usableBytes();
    }

    /// Seals the last batch and closes all files.
    @Override
    public void close() throws IOException {
        seal();
        for (Segment segment : index.all()) {
            index.drop(segment);
        }
        files.close();
    }

    void deleteCompacted() throws IOException {
        boolean deleted = false;
        for (Segment segment = index.removeCompacted(); segment != null; segment = index.removeCompacted()) {
            files.delete(segment);
            index.drop(segment);
            deleted = true;
        }
        if (deleted) {
            files.syncDirectory();
        }
    }

    private void deleteAllButCurrent() throws IOException {
        for (Segment segment = index.removeOldest(); segment != null; segment = index.removeOldest()) {
            files.delete(segment);
            index.drop(segment);
        }
        files.syncDirectory();
    }

    private void begin() {
        if (batch.isEmpty()) {
            batch.open(JournalRecord.RecordType.OPEN, committed);
        }
    }

    private void endWrite(int bytesBefore) {
        if (batch.bytes() > bytesBefore) {
            batch.endWrite();
        }
    }

    private void truncate(long fromIndex) {
        Invariants.check(fromIndex > committed.base.index(), "truncation must not reach into the compacted log");
        batch.truncate(fromIndex);
        terms.truncateFrom(fromIndex);
        pending.onTruncate(new EntryId(terms.lastTerm(), terms.lastIndex()));
    }

    private void appendHardState(HardState next) {
        HardState known = pending.hardState;
        if (next.equals(known)) {
            return;
        }
        Invariants.check(
                next.currentTerm() > known.currentTerm()
                        || (next.currentTerm() == known.currentTerm() && known.votedFor() == null),
                "term must not fall and a vote must not change within its term");
        batch.hardState(next);
        pending.hardState = next;
    }

    private void roll(JournalState before, int room) throws IOException {
        long number = current.key.number() + 1;
        SegmentHeader header = setup.header(number, nextBatch, nextBatch - 1, before);
        current = files.install(header, ByteBuffer.allocate(0), room);
        index.add(current);
        sealed = true;
        files.prepareSpare();
    }

    private void write(Batch finished) throws IOException {
        ByteBuffer bytes = finished.finish(current.key, nextBatch, current.used);
        int length = bytes.remaining();
        try {
            current.file.write(current.used, bytes);
            current.file.force(false);
        } catch (DiskFullException e) {
            throw new IOException(current.name + ": no space on bytes that were allocated", e);
        }
        index.publish(finished, current, current.used);
        current.used += length;
        nextBatch++;
        finished.clear();
    }

    private boolean writeHousekeeping() throws IOException {
        boolean fits = current.used + housekeeping.bytes() <= current.capacity;
        if (fits) {
            write(housekeeping);
        } else {
            housekeeping.clear();
        }
        return fits;
    }

    private Configuration configurationAt(long at) {
        Entry entry = committed.configurationAt(at);
        return entry == null
                ? committed.baseConfiguration
                : ConfigurationCodec.decode(entry.payload().bytes());
    }
}
