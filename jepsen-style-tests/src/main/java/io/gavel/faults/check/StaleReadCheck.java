package io.gavel.faults.check;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// I19: a read that may be stale returns a value that somebody had begun to write, and the reads of a process through
/// one member are told revisions that never fall.
public final class StaleReadCheck implements Check {
    private static final String NAME = "I19 stale reads";

    private final boolean promisesMonotonic;

    /// Whether the reads of one process are promised to be monotonic.
    public StaleReadCheck(boolean promisesMonotonic) {
        this.promisesMonotonic = promisesMonotonic;
    }

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Map<String, List<Operation>> writers = new TreeMap<>();
        for (Operation operation : evidence.operations()) {
            if (operation.isPossible()) {
                Mentions.written(operation.call())
                        .forEach(written -> writers.computeIfAbsent(written, unseen -> new ArrayList<>())
                                .add(operation));
            }
        }
        Map<String, Operation> lastRead = new TreeMap<>();
        for (Operation read : evidence.operations()) {
            if (read.call() instanceof Call.Get get
                    && get.serializable()
                    && read.isOk()
                    && read.answer() instanceof Answer.Read answer) {
                invented(read, answer, writers, findings);
                if (promisesMonotonic) {
                    Operation before = lastRead.put(read.process() + " " + get.key(), read);
                    backwards(before == null ? read : before, read, findings);
                }
            }
        }
    }

    private static void invented(
            Operation read, Answer.Read answer, Map<String, List<Operation>> writers, Consumer<Finding> findings) {
        String value = answer.value();
        if (value == null) {
            return;
        }
        boolean explained = writers.getOrDefault(Mentions.written(read.call().key(), value), List.of()).stream()
                .anyMatch(writer -> writer.invoked() <= read.returned());
        if (!explained) {
            findings.accept(Finding.violated(NAME, "returned a value that nobody had begun to write", List.of(read)));
        }
    }

    private static void backwards(Operation before, Operation read, Consumer<Finding> findings) {
        Long earlier = before.answer() instanceof Answer.Read first ? first.revision() : null;
        Long later = read.answer() instanceof Answer.Read second ? second.revision() : null;
        if (earlier != null && later != null && later < earlier) {
            findings.accept(Finding.violated(
                    NAME, "went back from revision " + earlier + " to " + later, List.of(before, read)));
        }
    }
}
