package io.gavel.faults.check;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Operation;
import org.jspecify.annotations.Nullable;

/// Which revision an operation made.
public final class Revisions {
    private Revisions() {}

    /// The revision that an acknowledged change was told to have made, or null.
    public static @Nullable Long of(Operation operation) {
        if (!operation.isOk()) {
            return null;
        }
        return switch (operation.answer()) {
            case Answer.Written written -> written.revision();
            case Answer.Compared compared -> compared.succeeded() ? compared.revision() : null;
            case Answer.Deleted deleted -> Boolean.FALSE.equals(deleted.deleted()) ? null : deleted.revision();
            case Answer.Branch branch -> Writes.of(operation).isEmpty() ? null : branch.revision();
            case Answer.Done _, Answer.Read _, Answer.Granted _, Answer.Refused _, Answer.Released _, Answer.Seen _ ->
                null;
            case null -> null;
        };
    }
}
