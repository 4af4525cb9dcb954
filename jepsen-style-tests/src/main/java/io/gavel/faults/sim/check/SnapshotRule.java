package io.gavel.faults.sim.check;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryKind;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import java.util.TreeMap;

/// A snapshot carries the configuration that was committed last at its index (I10, I11).
final class SnapshotRule {
    private final TreeMap<Long, Configuration> committed = new TreeMap<>();

    void onCommitted(Entry entry) {
        if (entry.kind() == EntryKind.CONFIGURATION) {
            committed.put(
                    entry.index(), ConfigurationCodec.decode(entry.payload().bytes()));
        }
    }

    void check(int node, SnapshotMeta snapshot) {
        var last = committed.floorEntry(snapshot.lastIncluded().index());
        ViolationException.check(
                last == null || last.getValue().equals(snapshot.configuration()),
                "I10",
                () -> "the snapshot of " + snapshot.lastIncluded() + " on member " + node + " carries "
                        + snapshot.configuration() + ", but " + (last == null ? "" : last.getValue())
                        + " was committed");
    }
}
