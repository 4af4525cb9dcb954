package io.gavel.server.state.kv;

import io.gavel.raft.check.Invariants;
import java.util.Map;
import java.util.TreeMap;

/// Which revisions are being read, so that reclaiming memory waits for their readers. Any thread.
///
/// One short lock orders a reader's "is it compacted? then pin it" against the writer's "raise the floor, then reclaim
/// below every pin": a reader holds a pin at or above every link that has been cut, or is told that its revision is
/// compacted.
final class RevisionPins {
    private final TreeMap<Long, Integer> pins = new TreeMap<>();
    private long oldestReadable;

    /// Pins the revision, unless it is compacted.
    synchronized boolean pin(long revision) {
        if (revision < oldestReadable) {
            return false;
        }
        pins.merge(revision, 1, Integer::sum);
        return true;
    }

    synchronized void unpin(long revision) {
        Integer count = pins.get(revision);
        Invariants.check(count != null, "unpinned revision was not pinned", revision, 0);
        pins.merge(revision, -1, (before, change) -> before + change == 0 ? null : before + change);
    }

    /// Revisions below this one can no longer be pinned.
    synchronized void compact(long revision) {
        oldestReadable = revision;
    }

    synchronized long oldestReadable() {
        return oldestReadable;
    }

    /// Versions that were superseded at or below this revision are out of every reader's sight.
    synchronized long reclaimableThrough() {
        Map.Entry<Long, Integer> lowest = pins.firstEntry();
        return lowest == null ? oldestReadable : Math.min(oldestReadable, lowest.getKey());
    }
}
