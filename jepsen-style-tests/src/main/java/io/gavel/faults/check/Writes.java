package io.gavel.faults.check;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import java.util.List;

/// What an acknowledged operation changed, as far as its answer tells.
public final class Writes {
    private Writes() {}

    /// The puts, and the deletes that were told to have deleted; a later step on a key replaces an earlier one.
    public static List<Observation.Change> of(Operation operation) {
        return switch (operation.call()) {
            case Call.Put put -> List.of(new Observation.Change(put.key(), put.value()));
            case Call.CompareAndSet cas ->
                operation.answer() instanceof Answer.Compared compared && compared.succeeded()
                        ? List.of(new Observation.Change(cas.key(), cas.value()))
                        : List.of();
            case Call.Delete delete ->
                operation.answer() instanceof Answer.Deleted deleted && Boolean.TRUE.equals(deleted.deleted())
                        ? List.of(new Observation.Change(delete.key(), null))
                        : List.of();
            case Call.Transaction txn ->
                operation.answer() instanceof Answer.Branch branch
                        ? puts(branch.succeeded() ? txn.then() : txn.otherwise())
                        : List.of();
            case Call.Get _, Call.Lock _, Call.Renew _, Call.Unlock _, Call.Watch _ -> List.of();
        };
    }

    private static List<Observation.Change> puts(List<Call.Step> steps) {
        return steps.stream()
                .filter(step -> step.kind() == Call.Kind.PUT)
                .map(step -> new Observation.Change(step.key(), step.value()))
                .toList();
    }
}
