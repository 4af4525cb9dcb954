package io.gavel.server.watch;

import io.gavel.server.state.table.KeyHistory;
import io.gavel.server.state.table.KeyVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A store with all its history; compaction cuts what no pin protects, as the real one does.
final class SimKeys implements KeyHistory {
    private final TreeMap<byte[], KeyVersion> newest = new TreeMap<>(Arrays::compareUnsigned);
    private final TreeMap<Long, Integer> pins = new TreeMap<>();
    private long oldestReadable;

    @Nullable
    KeyVersion live(byte[] key) {
        KeyVersion version = newest.get(key);
        return version == null || version.isTombstone() ? null : version;
    }

    KeyVersion put(byte[] key, byte[] value, long revision) {
        KeyVersion before = newest.get(key);
        boolean fresh = before == null || before.isTombstone();
        KeyVersion after = new KeyVersion(
                fresh || before == null ? revision : before.createRevision(),
                revision,
                fresh || before == null ? 1 : before.version() + 1,
                value,
                before);
        newest.put(key, after);
        return after;
    }

    KeyVersion delete(byte[] key, long revision) {
        KeyVersion before = newest.get(key);
        if (before == null || before.isTombstone()) {
            throw new IllegalArgumentException("no such key");
        }
        KeyVersion tombstone = KeyVersion.tombstone(revision, before);
        newest.put(key, tombstone);
        return tombstone;
    }

    void compact(long revision) {
        oldestReadable = Math.max(oldestReadable, revision);
        long through = pins.isEmpty() ? oldestReadable : Math.min(oldestReadable, pins.firstKey());
        for (Map.Entry<byte[], KeyVersion> entry : List.copyOf(newest.entrySet())) {
            KeyVersion version = entry.getValue();
            while (version != null && version.modRevision() > through) {
                version = version.previous();
            }
            if (version != null) {
                version.cutPrevious();
                if (version.isTombstone() && version == entry.getValue()) {
                    newest.remove(entry.getKey());
                }
            }
        }
    }

    /// How many reads are under way; all must end.
    int pinned() {
        return pins.values().stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public boolean pin(long revision) {
        if (revision < oldestReadable) {
            return false;
        }
        pins.merge(revision, 1, Integer::sum);
        return true;
    }

    @Override
    public void unpin(long revision) {
        if (!pins.containsKey(revision)) {
            throw new AssertionError("not pinned: " + revision);
        }
        pins.computeIfPresent(revision, (ignored, count) -> count == 1 ? null : Integer.valueOf(count - 1));
    }

    @Override
    public void visit(byte[] prefix, byte[] after, Visitor visitor) {
        boolean fromPrefix = Arrays.compareUnsigned(prefix, after) > 0;
        List<Map.Entry<byte[], KeyVersion>> entries = new ArrayList<>(
                newest.tailMap(fromPrefix ? prefix : after, fromPrefix).entrySet());
        for (Map.Entry<byte[], KeyVersion> entry : entries) {
            byte[] key = entry.getKey();
            boolean covered =
                    key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
            if (!covered || !visitor.visit(key, entry.getValue())) {
                return;
            }
        }
    }
}
