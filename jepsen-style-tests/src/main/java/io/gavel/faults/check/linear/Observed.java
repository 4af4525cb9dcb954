package io.gavel.faults.check.linear;

import io.gavel.faults.check.Mentions;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Operation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Unknown writes of one key of which an answer shows that they were done: the only ones that can have written a value
/// that somebody was told, or that a comparison met. Each took effect before that answer.
final class Observed {
    private final Map<String, Operation> writers = new HashMap<>();
    private final Map<Operation, Long> doneBefore = new HashMap<>();

    private Observed() {}

    /// By unknown operation, the moment by which it was done.
    static Map<Operation, Long> effects(List<Operation> operations) {
        var observed = new Observed();
        Map<String, Integer> counts = new HashMap<>();
        for (Operation operation : operations) {
            if (operation.isPossible()) {
                for (String written : Mentions.written(operation.call())) {
                    counts.merge(written, 1, Integer::sum);
                    observed.writers.put(written, operation);
                }
            }
        }
        observed.writers.keySet().removeIf(written -> counts.getOrDefault(written, 0) != 1);
        observed.writers.values().removeIf(writer -> writer.isOk() || writer.call() instanceof Call.Transaction);
        operations.stream().filter(Operation::isOk).forEach(observed::tell);
        return observed.doneBefore;
    }

    private void tell(Operation operation) {
        Call call = operation.call();
        switch (operation.answer()) {
            case Answer.Written written -> told(call.key(), written.previous(), operation);
            case Answer.Read read -> told(call.key(), read.value(), operation);
            case Answer.Compared compared
            when compared.succeeded() -> {
                if (call instanceof Call.CompareAndSet cas && cas.comparesValue()) {
                    told(call.key(), cas.expect(), operation);
                }
            }
            case Answer.Compared compared -> told(call.key(), compared.value(), operation);
            case Answer.Branch branch -> tell((Call.Transaction) call, branch, operation);
            case Answer.Done _,
                    Answer.Deleted _,
                    Answer.Granted _,
                    Answer.Refused _,
                    Answer.Released _,
                    Answer.Seen _ -> {
                // tells no value
            }
            case null -> {
                // was told nothing
            }
        }
    }

    private void tell(Call.Transaction txn, Answer.Branch branch, Operation operation) {
        if (branch.succeeded()) {
            txn.conditions().forEach(condition -> told(condition.key(), condition.value(), operation));
        }
        List<Call.Step> steps = branch.succeeded() ? txn.then() : txn.otherwise();
        for (int i = 0; i < Math.min(steps.size(), branch.parts().size()); i++) {
            if (steps.get(i).kind() == Call.Kind.GET) {
                told(steps.get(i).key(), branch.parts().get(i).value(), operation);
            }
        }
    }

    private void told(String key, @Nullable String value, Operation operation) {
        Operation writer = value == null ? null : writers.get(Mentions.written(key, value));
        if (writer != null) {
            doneBefore.merge(writer, operation.returned(), Math::min);
        }
    }
}
