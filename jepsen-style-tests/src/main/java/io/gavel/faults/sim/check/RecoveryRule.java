package io.gavel.faults.sim.check;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.HardState;
import io.gavel.raft.Recovered;
import io.gavel.raft.TermRun;
import java.util.List;

/// Nothing durable is lost without a sign of damage, no promise is forgotten (I2, I8, I14).
final class RecoveryRule {
    private RecoveryRule() {}

    /// What a process found on its disk is what was durable there, plus perhaps what was on its way.
    static void check(NodeView view, Recovered recovered, List<Entry> found) {
        String who = "member " + view.node;
        EntryId base = recovered.snapshot().lastIncluded();
        checkRecoveredState(who, view.durable.hardState(), recovered.hardState());
        demand(
                recovered.repairUntil() == 0 || view.damaged || view.durable.repairUntil() > 0,
                "I14",
                who + " believes that it lost entries, but its disk was not damaged");
        if (recovered.repairUntil() > 0) {
            return;
        }
        // A log that lacks the snapshot's last entry is given up as a whole (rule 14).
        long superseded = view.durable.holds(base) ? view.firstPendingChange() : base.index() + 1;
        for (Entry entry : view.durable.entries()) {
            boolean kept = entry.index() <= base.index() || entry.index() >= superseded;
            demand(
                    kept || holds(recovered, entry.id()),
                    "I8",
                    who + " lost durable " + entry.id() + " without a sign of damage; it recovered up to "
                            + recovered.lastEntry());
        }
        demand(
                view.damaged || base.index() >= view.durable.base().index(),
                "I8",
                who + " begins after " + base + ", but its log is compacted through " + view.durable.base());
        checkNothingReturned(view, found);
    }

    /// What was cut off durably does not come back. What is on its way may have arrived.
    private static void checkNothingReturned(NodeView view, List<Entry> found) {
        if (view.damaged) {
            return;
        }
        for (Entry entry : found) {
            demand(
                    view.durable.holds(entry.id()) || view.isPending(entry.id()),
                    "I4",
                    "member " + view.node + " recovered " + entry.id() + ", which its log had given up");
        }
    }

    private static void checkRecoveredState(String who, HardState durable, HardState found) {
        demand(
                found.currentTerm() >= durable.currentTerm(),
                "I2",
                who + " recovered term " + found.currentTerm() + " after durable " + durable.currentTerm());
        demand(
                found.currentTerm() > durable.currentTerm()
                        || durable.votedFor() == null
                        || durable.votedFor().equals(found.votedFor()),
                "I2",
                who + " recovered vote " + found.votedFor() + " after durable " + durable.votedFor());
    }

    private static boolean holds(Recovered recovered, EntryId id) {
        if (id.index() > recovered.lastEntry().index()) {
            return false;
        }
        long term = 0;
        for (TermRun run : recovered.termRuns()) {
            if (run.firstIndex() <= id.index()) {
                term = run.term();
            }
        }
        return term == id.term();
    }

    private static void demand(boolean holds, String check, String message) {
        ViolationException.check(holds, check, message);
    }
}
