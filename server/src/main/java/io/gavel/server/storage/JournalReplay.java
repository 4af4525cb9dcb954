package io.gavel.server.storage;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.Payload;
import io.gavel.server.storage.SegmentScan.Damage;
import io.gavel.server.storage.SegmentScan.Found;
import io.gavel.server.storage.SegmentScan.Item;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Replays segments in order and keeps apart what is intact, what was torn by a crash and what rotted (rule 23).
///
/// How it works, and why. A batch is started only after the fsync of the one before returned. So an intact record of
/// batch N proves that N - 1 was durable: damage in N - 1 or before is rot, damage in the last batch a torn tail, of
/// which whole writes before the damage are kept. Each segment header and each OPEN or SEAL record sums up what was
/// true before it. After rot the replay resynchronises with the next of these; places of the log that it then cannot
/// fill stay empty. Without one the newest hard state is unproven.
final class JournalReplay {
    final JournalState state;
    final ReplayedLog log = new ReplayedLog();
    /// The highest batch of which anything is there, torn or not.
    long lastBatch;
    /// All batches up to this one were durable; `provenBatch >= lastBatch - 1`.
    long provenBatch;
    /// Stretches of bytes that rotted, and records whose payload did.
    int rotted;
    /// Whether bytes of the last batch are missing.
    boolean torn;
    /// Whether something unknown may have changed the hard state since the last checkpoint.
    boolean unproven;

    private final TreeMap<Long, Entry> configurations = new TreeMap<>();
    private final List<Found> write = new ArrayList<>();

    JournalReplay(SegmentHeader first) {
        state = JournalState.copyOf(first.state());
        log.endWith(state.last, state.last);
        noteConfigurations(first.state());
    }

    /// Takes over the checkpoint at the head of the next segment.
    void checkpoint(SegmentHeader header) {
        JournalState next = header.state();
        long highest = Math.max(state.highestIndex, next.highestIndex);
        EntryId base = state.base.index() > next.base.index() ? state.base : next.base;
        state.set(next);
        state.highestIndex = highest;
        state.base = base;
        endWith(next.last);
        noteConfigurations(next);
        unproven = false;
        provenBatch = header.firstBatch() - 1;
        lastBatch = provenBatch;
    }

    /// Replays a segment that another one follows: batches up to `through` count, all of them were durable.
    void replayProven(int segment, ByteBuffer buffer, SegmentScan scan, long through) {
        for (Item item : scan.items()) {
            if (item.batch() <= through) {
                replay(segment, buffer, item);
            }
        }
        applyWrite(segment, buffer);
    }

    /// Replays the newest segment, whose last batch may be torn.
    void replayLast(int segment, ByteBuffer buffer, SegmentScan scan) {
        if (scan.highestBatch() > 0) {
            lastBatch = scan.highestBatch();
            provenBatch = lastBatch - 1;
        }
        for (Item item : scan.items()) {
            if (item.batch() > provenBatch && isDamaged(item)) {
                torn = true;
                write.clear();
                return;
            }
            replay(segment, buffer, item);
        }
        applyWrite(segment, buffer);
    }

    /// The newest known configuration at or before `index`; null when that is the one at the base.
    @Nullable
    Entry configurationAt(long index) {
        var floor = configurations.floorEntry(index);
        return floor == null ? null : floor.getValue();
    }

    /// The configuration entries in (after, through].
    List<Entry> configurationsBetween(long after, long through) {
        return List.copyOf(configurations
                .subMap(after, false, Math.max(after, through), true)
                .values());
    }

    private static boolean isDamaged(Item item) {
        return switch (item) {
            case Damage _ -> true;
            case Found found -> !found.record().payloadIntact();
        };
    }

    private void replay(int segment, ByteBuffer buffer, Item item) {
        switch (item) {
            case Damage _ -> {
                applyWrite(segment, buffer);
                rotted++;
                unproven = true;
            }
            case Found found -> {
                if (!found.record().payloadIntact()) {
                    rotted++;
                }
                write.add(found);
                if (found.record().endOfWrite()) {
                    applyWrite(segment, buffer);
                }
            }
        }
    }

    private void applyWrite(int segment, ByteBuffer buffer) {
        for (Found found : write) {
            apply(segment, buffer, found.record());
        }
        write.clear();
    }

    private void apply(int segment, ByteBuffer buffer, JournalRecord record) {
        switch (record.type()) {
            case OPEN, SEAL -> {
                if (record.payloadIntact()) {
                    onSummary(Batch.Summary.decode(record.payload(buffer)));
                }
            }
            case HARD_STATE -> state.hardState = SegmentHeader.hardState(record.term(), record.index());
            case ENTRY -> onEntry(segment, buffer, record);
            case TRUNCATE -> {
                log.truncateFrom(record.index());
                configurations.tailMap(record.index(), true).clear();
            }
            case COMPACT -> onBase(new EntryId(record.term(), record.index()));
            case REPAIRED -> state.repairUntil = 0;
            case REPAIRING -> state.repairUntil = record.index();
            case PEER -> {
                if (record.payloadIntact()) {
                    state.onPeer(Batch.PeerRecord.read(ByteBuffer.wrap(record.payload(buffer))));
                }
            }
        }
    }

    private void onSummary(Batch.Summary summary) {
        state.hardState = summary.hardState();
        state.repairUntil = summary.repairUntil();
        state.highestIndex = Math.max(state.highestIndex, summary.highestIndex());
        onBase(summary.base());
        endWith(summary.last());
        unproven = false;
    }

    private void onEntry(int segment, ByteBuffer buffer, JournalRecord record) {
        log.put(new ReplayedLog.Cell(segment, record));
        state.highestIndex = Math.max(state.highestIndex, record.index());
        configurations.tailMap(record.index(), true).clear();
        if (record.kind() == EntryKind.CONFIGURATION.code() && record.payloadIntact()) {
            EntryId id = new EntryId(record.term(), record.index());
            configurations.put(
                    record.index(), new Entry(id, EntryKind.CONFIGURATION, Payload.wrap(record.payload(buffer))));
        }
    }

    private void onBase(EntryId base) {
        if (base.index() > state.base.index()) {
            state.base = base;
        }
    }

    private void endWith(EntryId last) {
        log.endWith(last, state.base);
        configurations.tailMap(last.index(), false).clear();
    }

    private void noteConfigurations(JournalState header) {
        for (Entry entry : header.configurations) {
            configurations.put(entry.index(), entry);
        }
    }
}
