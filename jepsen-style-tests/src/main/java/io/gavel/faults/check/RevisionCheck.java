package io.gavel.faults.check;

import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;

/// I18: store-wide revisions of acknowledged changes are unique and never go against real time; where the ledger
/// knows a revision, it holds what the acknowledged change wrote.
public final class RevisionCheck implements Check {
    private static final String NAME = "I18 revisions";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        var changes = new ArrayList<Operation>();
        for (Operation operation : evidence.operations()) {
            if (Revisions.of(operation) != null) {
                changes.add(operation);
            }
        }
        unique(changes, findings);
        inOrderOfTime(changes, findings);
        inLedger(evidence.ledger(), changes, findings);
    }

    private static long told(Operation change) {
        Long revision = Revisions.of(change);
        return revision == null ? 0 : revision;
    }

    private static void unique(List<Operation> changes, Consumer<Finding> findings) {
        var byRevision = new TreeMap<Long, Operation>();
        for (Operation change : changes) {
            Operation other = byRevision.putIfAbsent(told(change), change);
            if (other != null) {
                findings.accept(Finding.violated(
                        NAME, "revision " + told(change) + " was told to two changes", List.of(other, change)));
            }
        }
    }

    private static void inOrderOfTime(List<Operation> changes, Consumer<Finding> findings) {
        List<Operation> byReturn = changes.stream()
                .sorted(Comparator.comparingLong(Operation::returned))
                .toList();
        int ended = 0;
        Operation highest = null;
        for (Operation change : changes) {
            while (ended < byReturn.size() && byReturn.get(ended).returned() < change.invoked()) {
                Operation earlier = byReturn.get(ended++);
                highest = highest == null || told(earlier) > told(highest) ? earlier : highest;
            }
            if (highest != null && told(highest) > told(change)) {
                findings.accept(Finding.violated(
                        NAME,
                        "revision " + told(change) + " was made after revision " + told(highest) + " was answered",
                        List.of(highest, change)));
                return;
            }
        }
    }

    private static void inLedger(Ledger ledger, List<Operation> changes, Consumer<Finding> findings) {
        if (ledger.isEmpty()) {
            return;
        }
        for (Operation change : changes) {
            List<Observation.Change> made = ledger.revisions().get(told(change));
            if (made == null || !made.containsAll(Writes.of(change))) {
                findings.accept(Finding.violated(
                        "I16 durability",
                        "revision " + told(change) + " holds " + (made == null ? "nothing" : made)
                                + ", not what was acknowledged at it",
                        List.of(change)));
                return;
            }
        }
    }
}
