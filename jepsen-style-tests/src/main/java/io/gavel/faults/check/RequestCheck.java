package io.gavel.faults.check;

import io.gavel.faults.history.Call;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// I20 and the ledger's side of I16: attempts of one request have one answer; a value that one request wrote is
/// committed at most once, at least once if it was acknowledged, and never if the request failed.
public final class RequestCheck implements Check {
    private static final String NAME = "I20 exactly once";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Requests.byId(evidence.attempts()).forEach((id, attempts) -> sameAnswer(id, attempts, findings));
        if (!evidence.ledger().isEmpty()) {
            Map<String, Integer> committed = committed(evidence.ledger());
            writers(evidence.operations()).forEach((written, writers) -> {
                if (writers.size() == 1) {
                    compare(writers.getFirst(), committed.getOrDefault(written, 0), findings);
                }
            });
        }
    }

    private static void sameAnswer(String id, List<Operation> attempts, Consumer<Finding> findings) {
        List<Operation> answered = attempts.stream()
                .filter(Operation::isOk)
                .sorted(Comparator.comparingLong(Operation::returned))
                .toList();
        for (Operation later : answered) {
            Operation first = answered.getFirst();
            if (later.answer() != null && !later.answer().equals(first.answer())) {
                findings.accept(Finding.violated(
                        NAME, "two attempts of request " + id + " were answered differently", List.of(first, later)));
                return;
            }
        }
    }

    private static Map<String, Integer> committed(Ledger ledger) {
        Map<String, Integer> counts = new TreeMap<>();
        for (List<Observation.Change> changes : ledger.revisions().values()) {
            for (Observation.Change change : changes) {
                if (change.value() != null) {
                    counts.merge(Mentions.written(change.key(), change.value()), 1, Integer::sum);
                }
            }
        }
        return counts;
    }

    /// Who may have written what, unconditionally or not.
    private static Map<String, List<Operation>> writers(List<Operation> operations) {
        Map<String, List<Operation>> writers = new TreeMap<>();
        for (Operation operation : operations) {
            Mentions.written(operation.call())
                    .forEach(written -> writers.computeIfAbsent(written, unseen -> new ArrayList<>())
                            .add(operation));
        }
        return writers;
    }

    private static void compare(Operation writer, int times, Consumer<Finding> findings) {
        if (times > 1) {
            findings.accept(Finding.violated(NAME, "one request took effect " + times + " times", List.of(writer)));
        }
        if (times > 0 && !writer.isPossible()) {
            findings.accept(
                    Finding.violated(NAME, "took effect though its client was told that it did not", List.of(writer)));
        }
        if (times == 0 && writer.isOk() && writer.call() instanceof Call.Put) {
            findings.accept(Finding.violated(
                    "I16 durability", "acknowledged, but the replicated state never made it", List.of(writer)));
        }
    }
}
