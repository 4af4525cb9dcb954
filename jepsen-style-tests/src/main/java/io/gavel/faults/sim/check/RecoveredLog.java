package io.gavel.faults.sim.check;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.Recovered;
import io.gavel.raft.TermRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The entries that a recovery found.
final class RecoveredLog {
    private RecoveredLog() {}

    /// Those after the snapshot; `known` has every entry that was ever written.
    static List<Entry> entries(int node, Recovered recovered, Map<EntryId, Entry> known) {
        long base = recovered.snapshot().lastIncluded().index();
        List<TermRun> runs = recovered.termRuns();
        List<Entry> found = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            TermRun run = runs.get(i);
            long end = i + 1 < runs.size()
                    ? runs.get(i + 1).firstIndex()
                    : recovered.lastEntry().index() + 1;
            for (long index = Math.max(run.firstIndex(), base + 1); index < end; index++) {
                EntryId id = new EntryId(run.term(), index);
                Entry entry = known.get(id);
                ViolationException.check(
                        entry != null, "I4", () -> "member " + node + " recovered " + id + ", which nobody ever wrote");
                if (entry != null) {
                    found.add(entry);
                }
            }
        }
        return found;
    }
}
