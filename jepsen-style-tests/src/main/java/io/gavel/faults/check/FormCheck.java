package io.gavel.faults.check;

import io.gavel.faults.history.Call;
import io.gavel.faults.history.Operation;
import io.gavel.faults.history.Status;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Whether a history is one: a process has one operation open at a time and none after one of unknown outcome, except
/// for further attempts of the same request and for watches, which stay open beside the rest.
public final class FormCheck implements Check {
    private static final String NAME = "history";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Map<Integer, Operation> last = new TreeMap<>();
        for (Operation operation : evidence.operations()) {
            if (operation.call() instanceof Call.Watch) {
                continue;
            }
            Operation before = last.put(operation.process(), operation);
            if (before != null && (before.status() == Status.INFO || before.returned() > operation.invoked())) {
                findings.accept(Finding.violated(
                        NAME,
                        "process " + operation.process() + " began an operation while another was open or unknown",
                        List.of(before, operation)));
                return;
            }
        }
    }
}
