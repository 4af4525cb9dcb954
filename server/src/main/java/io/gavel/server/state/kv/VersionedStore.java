package io.gavel.server.state.kv;

import io.gavel.raft.check.Invariants;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.snapshot.RecordSource;
import io.gavel.server.state.table.KeyHistory;
import io.gavel.server.state.table.KeyVersion;
import io.gavel.server.state.table.OwnedKeyVersion;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.Table;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/// Ordered keys with their history, readable at any revision that is not compacted.
///
/// Changed by the apply agent only. Any thread may read what a [#pin] covers, while changes go on.
/*
 * How it works, and why. The map leads from a key to its newest version, which links to the one before. A change puts a
 * new version on top; nothing that a reader may be looking at is altered, so readers need no lock: at revision R they
 * take the first version on the way down with modRevision <= R.
 *
 * The logical history is what can be read at the compaction floor or above. A version leaves it when the floor reaches
 * the revision that superseded it, a tombstone when the floor reaches its own. `superseding` lists, in revision order,
 * each version that was put on top of another: raising the floor walks it from the front, takes what it superseded out
 * of digest and accounting at once, and hands it to `reclaimable`. From there memory is freed a little with every
 * entry, and only below the lowest pin: when that happens is this member's own affair and shows in no result.
 */
public final class VersionedStore implements Table, KeyHistory {
    /// Counted for each version beside its key and value: the objects around them.
    static final int VERSION_OVERHEAD_BYTES = 128;

    private static final int RECLAIMED_AT_ONCE = 256;

    private final ConcurrentSkipListMap<byte[], Slot> slots = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
    private final ArrayDeque<Superseding> superseding = new ArrayDeque<>();
    private final ArrayDeque<Superseding> reclaimable = new ArrayDeque<>();
    private final EphemeralKeys ephemeralKeys = new EphemeralKeys();
    private final KeyDeadlines deadlines = new KeyDeadlines();
    private final RevisionPins pins = new RevisionPins();
    private final StateDigest digest = new StateDigest();
    private final KeyRecord scratch = new KeyRecord();

    /// Invariant: the sum over live keys of their newest version's size.
    private long liveBytes;
    /// Invariant: the sum of the sizes of all versions of the logical history that are not a live key's newest.
    private long historyBytes;

    /// Where a key's newest version stands. A place of its own, so that overwriting a key searches the map once.
    static final class Slot {
        private volatile KeyVersion newest;

        private Slot(KeyVersion newest) {
            this.newest = newest;
        }

        /// The newest version, or `null` if the key does not exist now.
        @Nullable
        KeyVersion live() {
            KeyVersion version = newest;
            return version.isTombstone() ? null : version;
        }
    }

    /// A version that was put on top of another one. Never compared.
    @SuppressWarnings("ArrayRecordComponent")
    private record Superseding(byte[] key, KeyVersion version) {}

    @Override
    public TableId tableId() {
        return TableId.KEY_VALUE;
    }

    @Override
    public StateDigest digest() {
        return digest;
    }

    @Override
    public long stateBytes() {
        return liveBytes;
    }

    /// What the history takes beside the newest versions of live keys; the same on every member.
    public long historyBytes() {
        return historyBytes;
    }

    /// Where the key stands, or `null` if nothing is known of it. Good until the key's next change.
    @Nullable
    Slot slot(byte[] key) {
        return slots.get(key);
    }

    /// The newest version of the key, or `null` if the key does not exist now.
    @Nullable
    KeyVersion live(byte[] key) {
        Slot slot = slots.get(key);
        return slot == null ? null : slot.live();
    }

    /// Writes the key at the revision.
    KeyVersion put(Write write, byte[] value, long revision) {
        Slot slot = write.slot();
        KeyVersion before = slot == null ? null : slot.newest;
        KeyVersion after = before == null || before.isTombstone()
                ? new KeyVersion(revision, revision, 1, value, before)
                : new KeyVersion(before.createRevision(), revision, before.version() + 1, value, before);
        if (write.sessionId() != 0 || write.deadlineNanos() != 0) {
            after = new OwnedKeyVersion(after, before, write.sessionId(), write.deadlineNanos());
        }
        replace(write.key(), slot, after);
        scratch.encode(write.key(), after);
        scratch.addTo(digest);
        return after;
    }

    /// Deletes the key, which must exist, at the revision.
    KeyVersion delete(byte[] key, long revision) {
        Slot slot = slots.get(key);
        KeyVersion before = Objects.requireNonNull(slot == null ? null : slot.live(), "a deleted key exists");
        KeyVersion tombstone = KeyVersion.tombstone(revision, before);
        replace(key, slot, tombstone);
        scratch.encode(key, tombstone);
        scratch.addTo(digest);
        return tombstone;
    }

    /// Puts a version on top of the slot's newest one, or of nothing.
    private void replace(byte[] key, @Nullable Slot slot, KeyVersion after) {
        if (slot == null) {
            slots.put(key, new Slot(after));
        } else {
            KeyVersion before = slot.newest;
            Invariants.check(
                    before.modRevision() < after.modRevision(),
                    "a key changes once a revision",
                    before.modRevision(),
                    after.modRevision());
            superseding.addLast(new Superseding(key, after));
            if (!before.isTombstone()) {
                liveBytes -= sizeOf(key, before);
                historyBytes += sizeOf(key, before);
                forgetEnd(key, before);
            }
            slot.newest = after;
        }
        count(key, after);
    }

    private void count(byte[] key, KeyVersion version) {
        if (version.isTombstone()) {
            historyBytes += sizeOf(key, version);
            return;
        }
        liveBytes += sizeOf(key, version);
        if (version.sessionId() != 0) {
            ephemeralKeys.add(version.sessionId(), key);
        }
        if (version.deadlineNanos() != 0) {
            deadlines.add(version.deadlineNanos(), key);
        }
    }

    private void forgetEnd(byte[] key, KeyVersion version) {
        if (version.sessionId() != 0) {
            ephemeralKeys.remove(version.sessionId(), key);
        }
        if (version.deadlineNanos() != 0) {
            deadlines.remove(version.deadlineNanos(), key);
        }
    }

    static long sizeOf(byte[] key, KeyVersion version) {
        return contentBytes(key, version) + VERSION_OVERHEAD_BYTES;
    }

    /// The bytes of key and value: less than any encoding of them.
    static long contentBytes(byte[] key, KeyVersion version) {
        byte[] value = version.value();
        return (long) key.length + (value == null ? 0 : value.length);
    }

    /// The number of keys that end with the session.
    public int countEphemeral(long sessionId) {
        return ephemeralKeys.count(sessionId);
    }

    EphemeralKeys ephemeralKeys() {
        return ephemeralKeys;
    }

    KeyDeadlines deadlines() {
        return deadlines;
    }

    // ---- history

    /// The oldest revision that can still be read; 0 = all.
    public long oldestReadable() {
        return pins.oldestReadable();
    }

    /// Takes everything that cannot be read at `revision` or above out of the logical history.
    public void compact(long revision) {
        Invariants.check(revision >= oldestReadable(), "the compaction floor only rises", revision, oldestReadable());
        while (!superseding.isEmpty() && superseding.getFirst().version().modRevision() <= revision) {
            Superseding retired = superseding.removeFirst();
            KeyVersion before = Objects.requireNonNull(
                    retired.version().previous(), "a superseded version outlives its place in the history");
            if (!before.isTombstone()) {
                retire(retired.key(), before);
            }
            if (retired.version().isTombstone()) {
                retire(retired.key(), retired.version());
            }
            reclaimable.addLast(retired);
        }
        pins.compact(revision);
    }

    private void retire(byte[] key, KeyVersion version) {
        historyBytes -= sizeOf(key, version);
        scratch.encode(key, version);
        scratch.removeFrom(digest);
    }

    /// Frees a little of what compaction took out of the history and no pin covers. To be called with every entry.
    public void reclaimSome() {
        if (reclaimable.isEmpty()) {
            return;
        }
        long through = pins.reclaimableThrough();
        for (int i = 0; i < RECLAIMED_AT_ONCE && !reclaimable.isEmpty(); i++) {
            KeyVersion version = reclaimable.getFirst().version();
            if (version.modRevision() > through) {
                return;
            }
            version.cutPrevious();
            if (version.isTombstone()) {
                removeSlotOf(reclaimable.getFirst().key(), version);
            }
            reclaimable.removeFirst();
        }
    }

    private void removeSlotOf(byte[] key, KeyVersion tombstone) {
        Slot slot = slots.get(key);
        if (slot != null && slot.newest == tombstone) {
            slots.remove(key);
        }
    }

    /// The lowest revision to compact to so that at most `keptBytes` of history stay.
    public long compactionFor(long keptBytes) {
        long excess = historyBytes - keptBytes;
        long revision = 0;
        for (Superseding next : superseding) {
            if (excess <= 0) {
                break;
            }
            KeyVersion before = next.version().previous();
            if (before != null && !before.isTombstone()) {
                excess -= sizeOf(next.key(), before);
            }
            if (next.version().isTombstone()) {
                excess -= sizeOf(next.key(), next.version());
            }
            revision = next.version().modRevision();
        }
        return revision;
    }

    // ---- reads

    /// Keeps everything readable at the revision until [#unpin]; `false` if it is compacted. Any thread.
    @Override
    public boolean pin(long revision) {
        return pins.pin(revision);
    }

    /// Ends a pin. Any thread.
    @Override
    public void unpin(long revision) {
        pins.unpin(revision);
    }

    /// The key's version at a pinned revision, or `null` if it did not exist. Any thread.
    @Nullable
    KeyVersion at(byte[] key, long revision) {
        return visibleAt(slots.get(key), revision);
    }

    /// Visits the range's keys that exist at a pinned revision, in key order, until the visitor says `false`.
    /// Any thread.
    void scan(KeyRange range, long revision, KeyVisitor visitor) {
        for (Map.Entry<byte[], Slot> entry :
                slots.tailMap(range.from(), !range.startsAfter()).entrySet()) {
            if (!range.contains(entry.getKey())) {
                return;
            }
            KeyVersion version = visibleAt(entry.getValue(), revision);
            if (version != null && !visitor.visit(entry.getKey(), version)) {
                return;
            }
        }
    }

    @Override
    public void visit(byte[] prefix, byte[] after, Visitor visitor) {
        KeyRange range = new KeyRange(prefix, after);
        for (Map.Entry<byte[], Slot> entry :
                slots.tailMap(range.from(), !range.startsAfter()).entrySet()) {
            if (!range.contains(entry.getKey()) || !visitor.visit(entry.getKey(), entry.getValue().newest)) {
                return;
            }
        }
    }

    private static @Nullable KeyVersion visibleAt(@Nullable Slot slot, long revision) {
        KeyVersion version = slot == null ? null : slot.newest;
        while (version != null && version.modRevision() > revision) {
            version = version.previous();
        }
        return version == null || version.isTombstone() ? null : version;
    }

    /// Takes keys in order; `false` ends the scan.
    interface KeyVisitor {
        boolean visit(byte[] key, KeyVersion version);
    }

    // ---- snapshots

    @Override
    public void writeTo(RecordSink sink) throws IOException {
        recordsOf(slots, oldestReadable(), Long.MAX_VALUE).forEach(sink);
    }

    /// The records of the logical history between two revisions, to be read on any thread while `oldest` is pinned.
    public RecordSource recordsOf(long oldest, long revision) {
        return recordsOf(slots, oldest, revision);
    }

    private static RecordSource recordsOf(NavigableMap<byte[], Slot> slots, long oldest, long revision) {
        return sink -> {
            KeyRecord record = new KeyRecord();
            List<KeyVersion> history = new ArrayList<>();
            for (Map.Entry<byte[], Slot> entry : slots.entrySet()) {
                KeyVersion version = entry.getValue().newest;
                while (version != null && version.modRevision() > oldest) {
                    if (version.modRevision() <= revision) {
                        history.add(version);
                    }
                    version = version.previous();
                }
                if (version != null && !version.isTombstone()) {
                    history.add(version);
                }
                for (int i = history.size() - 1; i >= 0; i--) {
                    record.encode(entry.getKey(), history.get(i));
                    sink.put(record.copyOfKey(), record.copyOfValue());
                }
                history.clear();
            }
        };
    }

    @Override
    public void readRecord(byte[] recordKey, byte[] recordValue) {
        byte[] key = KeyRecord.key(recordKey);
        Slot slot = slots.get(key);
        replace(key, slot, KeyRecord.version(recordKey, recordValue, slot == null ? null : slot.newest));
        digest.add(recordKey, recordValue);
    }

    @Override
    public void onRestored() {
        List<Superseding> inKeyOrder = new ArrayList<>(superseding);
        inKeyOrder.sort(Comparator.comparingLong(each -> each.version().modRevision()));
        superseding.clear();
        superseding.addAll(inKeyOrder);
    }

    /// Takes over the compaction floor of a snapshot.
    public void restoreFloor(long oldestReadable) {
        pins.compact(oldestReadable);
    }
}
