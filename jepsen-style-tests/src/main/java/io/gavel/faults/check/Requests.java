package io.gavel.faults.check;

import io.gavel.faults.history.Operation;
import io.gavel.faults.history.Stamp;
import io.gavel.faults.history.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Attempts of one request are one operation, from the first call to the first answer.
final class Requests {
    private Requests() {}

    static Map<String, List<Operation>> byId(List<Operation> attempts) {
        Map<String, List<Operation>> byId = new LinkedHashMap<>();
        for (Operation attempt : attempts) {
            String id = attempt.stamp().requestId();
            if (id != null) {
                byId.computeIfAbsent(id, unseen -> new ArrayList<>()).add(attempt);
            }
        }
        return byId;
    }

    static List<Operation> joined(List<Operation> attempts) {
        var joined = new ArrayList<Operation>();
        for (Operation attempt : attempts) {
            if (attempt.stamp().requestId() == null) {
                joined.add(attempt);
            }
        }
        byId(attempts).values().forEach(request -> joined.add(join(request)));
        joined.sort(Comparator.comparingLong(Operation::invoked));
        return joined;
    }

    private static Operation join(List<Operation> request) {
        Operation first = request.getFirst();
        Operation told = request.stream()
                .filter(Operation::isOk)
                .min(Comparator.comparingLong(Operation::returned))
                .orElseGet(() -> request.stream()
                        .filter(attempt -> attempt.status() == Status.INFO)
                        .findFirst()
                        .orElse(first));
        return new Operation(
                first.process(),
                first.call(),
                new Stamp(
                        first.stamp().fence(),
                        Objects.requireNonNull(first.stamp().requestId())),
                told.status(),
                told.answer(),
                first.invoked(),
                Math.max(first.invoked(), told.returned()));
    }
}
