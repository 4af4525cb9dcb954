package io.gavel.server.storage;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.HardState;
import io.gavel.raft.Payload;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.disk.Disk;
import io.gavel.server.storage.JournalReader.LogRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Builders and readers shared by the journal's tests.
final class JournalFixture {
    static final Identity IDENTITY = new Identity(new ClusterId(1, 2), new NodeId(1), new MemberUuid(3, 4), 5);
    static final Configuration BOOTSTRAP = new Configuration(
            List.of(new Member(new NodeId(1), new MemberUuid(3, 4), "127.0.0.1:7001")), List.of(), List.of());
    /// The smallest segments there are, so that short scripts cross their borders.
    static final JournalOptions SMALL =
            new JournalOptions(2 * SegmentHeader.REGION_BYTES, 1 << 20, 100, 4096, 1_000, 1_000);

    private JournalFixture() {}

    static Journal.Setup setup(Disk disk) {
        return setup(disk, 42);
    }

    static Journal.Setup setup(Disk disk, long saltSeed) {
        return new Journal.Setup(disk, IDENTITY, SMALL, Runnable::run, saltSeed);
    }

    static Journal create(Disk disk) throws IOException {
        return Journal.create(setup(disk), BOOTSTRAP, 100);
    }

    static Journal.Opened recover(Disk disk) throws IOException {
        return Journal.recover(setup(disk), null, 101);
    }

    static Journal.Opened recover(Disk disk, @Nullable SnapshotMeta snapshot) throws IOException {
        return Journal.recover(setup(disk), snapshot, 101);
    }

    static Entry entry(long term, long index) {
        return entry(term, index, 40);
    }

    static Entry entry(long term, long index, int bytes) {
        byte[] payload = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            payload[i] = (byte) (term * 31 + index * 7 + i);
        }
        return new Entry(new EntryId(term, index), EntryKind.COMMAND, Payload.wrap(payload));
    }

    static HardState hardState(long term, int votedFor) {
        return new HardState(term, votedFor == 0 ? null : new NodeId(votedFor));
    }

    static Effect.Persist persist(HardState hardState, Entry... entries) {
        return new Effect.Persist(1, hardState, 0, List.of(entries));
    }

    static Effect.Persist truncating(HardState hardState, long from, Entry... entries) {
        return new Effect.Persist(1, hardState, from, List.of(entries));
    }

    /// All entries after `start`, in order.
    static List<Entry> log(Journal journal, EntryId start, EntryId last) throws IOException {
        List<Entry> entries = new ArrayList<>();
        EntryId before = start;
        while (before.index() < last.index()) {
            LogRange range = journal.reader().read(before, last, 3000);
            if (!(range instanceof LogRange.Entries(List<Entry> more))) {
                throw new AssertionError("after " + before + " of " + start + " to " + last + ": " + range);
            }
            entries.addAll(more);
            before = more.get(more.size() - 1).id();
        }
        return entries;
    }

    static List<Entry> log(Journal.Opened opened) throws IOException {
        return log(
                opened.journal(),
                opened.recovered().snapshot().lastIncluded(),
                opened.recovered().lastEntry());
    }
}
