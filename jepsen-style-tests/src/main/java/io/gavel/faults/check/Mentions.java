package io.gavel.faults.check;

import io.gavel.faults.history.Call;
import java.util.ArrayList;
import java.util.List;

/// What an operation may write, whatever came of it.
public final class Mentions {
    private Mentions() {}

    /// Each key with a value that the call may write, as one text.
    public static List<String> written(Call call) {
        return switch (call) {
            case Call.Put put -> List.of(written(put.key(), put.value()));
            case Call.CompareAndSet cas -> List.of(written(cas.key(), cas.value()));
            case Call.Transaction txn -> {
                var steps = new ArrayList<>(txn.then());
                steps.addAll(txn.otherwise());
                yield steps.stream()
                        .filter(step -> step.value() != null)
                        .map(step -> written(step.key(), String.valueOf(step.value())))
                        .distinct()
                        .toList();
            }
            case Call.Get _, Call.Delete _, Call.Lock _, Call.Renew _, Call.Unlock _, Call.Watch _ -> List.of();
        };
    }

    /// The key with the value.
    public static String written(String key, String value) {
        return key + '\0' + value;
    }
}
