package io.gavel.faults.check;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Transfers between the accounts `bank/...` keep their sum: every transaction that only reads all of them, and the
/// end of the run, see the same.
public final class BankCheck implements Check {
    /// Where the accounts stand.
    public static final String ACCOUNTS = "bank/";

    private static final String NAME = "bank sum";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        var accounts = new TreeSet<String>();
        evidence.operations().forEach(operation -> {
            if (operation.call() instanceof Call.Transaction txn) {
                txn.then().stream()
                        .map(Call.Step::key)
                        .filter(BankCheck::isAccount)
                        .forEach(accounts::add);
            }
        });
        Operation first = null;
        long sum = 0;
        for (Operation operation : evidence.operations()) {
            Long seen = operation.isOk() ? sum(operation, accounts) : null;
            if (seen == null) {
                continue;
            }
            if (first != null && seen != sum) {
                findings.accept(Finding.violated(NAME, "was " + sum + ", is " + seen, List.of(first, operation)));
                return;
            }
            first = operation;
            sum = seen;
        }
        if (first != null) {
            atEnd(evidence, accounts, sum, findings);
        }
    }

    private static void atEnd(Evidence evidence, Set<String> accounts, long sum, Consumer<Finding> findings) {
        evidence.each(Observation.FinalEntries.class, (event, last) -> {
            Map<String, String> entries = new TreeMap<>(last.entries());
            entries.keySet().retainAll(accounts);
            long end = entries.values().stream().mapToLong(Long::parseLong).sum();
            if (end != sum) {
                findings.accept(Finding.violated(
                        NAME, "was " + sum + ", is " + end + " at the end", event.call(), event.returned()));
            }
        });
    }

    private static boolean isAccount(String key) {
        return key.startsWith(ACCOUNTS);
    }

    /// What a transaction that reads all accounts, and does nothing else, saw; null of any other, and before all exist.
    private static @Nullable Long sum(Operation operation, Set<String> accounts) {
        if (!(operation.call() instanceof Call.Transaction txn)
                || !(operation.answer() instanceof Answer.Branch branch)
                || !branch.succeeded()
                || branch.parts().size() != txn.then().size()
                || txn.then().size() != accounts.size()) {
            return null;
        }
        long sum = 0;
        for (int i = 0; i < txn.then().size(); i++) {
            Call.Step step = txn.then().get(i);
            String value = branch.parts().get(i).value();
            if (step.kind() != Call.Kind.GET || !accounts.contains(step.key()) || value == null) {
                return null;
            }
            sum += Long.parseLong(value);
        }
        return sum;
    }
}
