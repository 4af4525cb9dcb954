package io.gavel.faults.check;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Lists `append/...`, elements separated by commas, to which clients append by compare-and-set: every list that was
/// seen is a beginning of the one at the end, no element is there twice, and every acknowledged one is there.
public final class AppendCheck implements Check {
    /// Where the lists stand.
    public static final String LISTS = "append/";

    private static final String NAME = "append";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Map<String, List<Operation>> byList = new TreeMap<>();
        for (Operation operation : evidence.operations()) {
            if (operation.isOk() && operation.call().key().startsWith(LISTS)) {
                byList.computeIfAbsent(operation.call().key(), unseen -> new ArrayList<>())
                        .add(operation);
            }
        }
        evidence.each(
                Observation.FinalEntries.class,
                (event, last) -> byList.forEach((list, operations) -> {
                    String end = last.entries().getOrDefault(list, "");
                    if (new HashSet<>(elements(end)).size() != elements(end).size()) {
                        findings.accept(Finding.violated(
                                NAME, list + " has an element twice: " + end, event.call(), event.returned()));
                    }
                    for (Operation operation : operations) {
                        String seen = seen(operation);
                        if (!beginsWith(end, seen)) {
                            findings.accept(Finding.violated(
                                    NAME,
                                    list + " ends as " + end + ", which does not begin with " + seen,
                                    List.of(operation)));
                            return;
                        }
                    }
                }));
    }

    private static List<String> elements(String list) {
        return list.isEmpty() ? List.of() : List.of(list.split(",", -1));
    }

    private static boolean beginsWith(String end, String seen) {
        return seen.isEmpty() || end.equals(seen) || end.startsWith(seen + ",");
    }

    /// The list that an operation saw or made; empty if it tells none.
    private static String seen(Operation operation) {
        if (operation.call() instanceof Call.CompareAndSet cas
                && operation.answer() instanceof Answer.Compared compared
                && compared.succeeded()) {
            return cas.value();
        }
        if (operation.answer() instanceof Answer.Read read && read.value() != null) {
            return read.value();
        }
        return "";
    }
}
