package io.gavel.faults.check.linear;

import io.gavel.faults.check.Check;
import io.gavel.faults.check.Evidence;
import io.gavel.faults.check.Finding;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import io.gavel.faults.history.Stamp;
import io.gavel.faults.history.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;

/// I17: the operations on each key (on keys that a transaction joins, together) have one order that agrees with real
/// time and with every answer. The entries at the end of a run count as reads.
///
/// An order that explains answers and versions explains the answers alone as well; so answers are judged without their
/// versions only where no order explains both, to say which of the two is wrong.
public final class LinearizabilityCheck implements Check {
    /// Keys that end with a session or a time-to-live, which no client's operation deletes; the ledger judges them.
    public static final String EPHEMERAL = "ephemeral/";

    private static final String NAME = "I17 linearizability";
    private static final int SHOWN = 12;

    private final long budgetNodes;

    /// With how many nodes of the search a group may take before it counts as undecided.
    public LinearizabilityCheck(long budgetNodes) {
        this.budgetNodes = budgetNodes;
    }

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        var operations = new ArrayList<Operation>();
        for (Operation operation : evidence.operations()) {
            boolean isStale = operation.call() instanceof Call.Get get && get.serializable();
            if (!isStale && KeyGroups.keys(operation.call()).stream().noneMatch(key -> key.startsWith(EPHEMERAL))) {
                operations.add(operation);
            }
        }
        addFinalReads(evidence, operations);
        operations.sort(Comparator.comparingLong(Operation::invoked));
        KeyGroups.of(operations).forEach(group -> judge(new KeyGroup(group), findings));
    }

    private static void addFinalReads(Evidence evidence, List<Operation> operations) {
        var keys = new TreeSet<String>();
        operations.forEach(operation -> keys.addAll(KeyGroups.keys(operation.call())));
        evidence.each(
                Observation.FinalEntries.class,
                (event, last) -> keys.forEach(key -> operations.add(new Operation(
                        event.process(),
                        new Call.Get(key, false),
                        Stamp.NONE,
                        Status.OK,
                        new Answer.Read(last.entries().get(key), null, null),
                        event.call(),
                        event.returned()))));
    }

    private void judge(KeyGroup group, Consumer<Finding> findings) {
        LinearSearch.Verdict verdict = group.search(true, budgetNodes);
        if (verdict == LinearSearch.Verdict.ORDERED) {
            return;
        }
        boolean byValues = group.search(false, budgetNodes) == LinearSearch.Verdict.IMPOSSIBLE;
        if (byValues || verdict == LinearSearch.Verdict.IMPOSSIBLE) {
            findings.accept(shortest(group, !byValues));
        } else {
            List<Operation> all = group.operations();
            findings.accept(new Finding(
                    NAME,
                    Finding.Kind.UNDECIDED,
                    all.size() + " operations on " + group.keys() + " in " + budgetNodes + " nodes",
                    List.of(),
                    all.getFirst().invoked(),
                    all.getLast().returned()));
        }
    }

    /// The shortest beginning of the history that has no order: its last return is the answer that cannot be.
    private Finding shortest(KeyGroup group, boolean trustsVersions) {
        List<Operation> returns = group.operations().stream()
                .filter(Operation::isOk)
                .sorted(Comparator.comparingLong(Operation::returned))
                .toList();
        int low = 0;
        int high = returns.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            var verdict = group.until(returns.get(middle).returned()).search(trustsVersions, budgetNodes);
            if (verdict == LinearSearch.Verdict.IMPOSSIBLE) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Operation wrong = returns.get(high);
        List<Operation> window = window(group, wrong);
        return Finding.violated(
                NAME,
                "on " + group.keys() + " no order explains the " + (trustsVersions ? "version" : "answer")
                        + " that process " + wrong.process() + " got last of these",
                window);
    }

    /// What was open beside the wrong answer, and the known ones that returned last before its call.
    private static List<Operation> window(KeyGroup group, Operation wrong) {
        List<String> keys = KeyGroups.keys(wrong.call());
        List<Operation> near = new ArrayList<>(group.operations().stream()
                .filter(operation -> !operation.equals(wrong))
                .filter(Operation::isPossible)
                .filter(operation -> operation.invoked() <= wrong.returned())
                .filter(operation -> KeyGroups.keys(operation.call()).stream().anyMatch(keys::contains))
                .sorted(Comparator.comparingLong(Operation::returned))
                .toList());
        List<Operation> window = new ArrayList<>(near.subList(Math.max(0, near.size() - SHOWN), near.size()));
        window.sort(Comparator.comparingLong(Operation::invoked));
        window.add(wrong);
        return window;
    }
}
