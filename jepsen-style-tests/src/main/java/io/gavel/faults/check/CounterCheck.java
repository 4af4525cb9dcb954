package io.gavel.faults.check;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// A counter `counter/...` that is only ever compared and set one higher ends between the acknowledged increments and
/// those plus the unknown ones.
public final class CounterCheck implements Check {
    /// Where the counters stand.
    public static final String COUNTERS = "counter/";

    private static final String NAME = "counter";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Map<String, long[]> increments = new TreeMap<>();
        for (Operation operation : evidence.operations()) {
            if (operation.call() instanceof Call.CompareAndSet cas && cas.key().startsWith(COUNTERS)) {
                long[] counts = increments.computeIfAbsent(cas.key(), unseen -> new long[2]);
                if (operation.isOk()) {
                    counts[0] += operation.answer() instanceof Answer.Compared compared && compared.succeeded() ? 1 : 0;
                } else if (operation.isPossible()) {
                    counts[1]++;
                }
            }
        }
        evidence.each(
                Observation.FinalEntries.class,
                (event, last) -> increments.forEach((counter, counts) -> {
                    long value = Long.parseLong(last.entries().getOrDefault(counter, "0"));
                    if (value < counts[0] || value > counts[0] + counts[1]) {
                        findings.accept(Finding.violated(
                                NAME,
                                counter + " is " + value + " after " + counts[0] + " acknowledged and " + counts[1]
                                        + " unknown increments",
                                event.call(),
                                event.returned()));
                    }
                }));
    }
}
