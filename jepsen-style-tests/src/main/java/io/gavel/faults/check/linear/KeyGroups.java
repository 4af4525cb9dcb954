package io.gavel.faults.check.linear;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Operation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Operations on keys, parted into groups that can be judged alone: keys that a transaction names belong together.
final class KeyGroups {
    private final Map<String, String> parents = new TreeMap<>();

    private KeyGroups() {}

    /// The groups, each in the order of its operations' calls.
    static Collection<List<Operation>> of(List<Operation> operations) {
        var groups = new KeyGroups();
        for (Operation operation : operations) {
            List<String> keys = keys(operation.call());
            keys.forEach(key -> groups.join(keys.getFirst(), key));
        }
        Map<String, List<Operation>> byRoot = new TreeMap<>();
        for (Operation operation : operations) {
            List<String> keys = keys(operation.call());
            if (!keys.isEmpty()) {
                byRoot.computeIfAbsent(groups.root(keys.getFirst()), unseen -> new ArrayList<>())
                        .add(operation);
            }
        }
        return byRoot.values();
    }

    private String root(String key) {
        String parent = Objects.requireNonNull(parents.computeIfAbsent(key, unseen -> unseen));
        if (parent.equals(key)) {
            return key;
        }
        String root = root(parent);
        parents.put(key, root);
        return root;
    }

    private void join(String one, String other) {
        parents.put(root(other), root(one));
    }

    /// The keys that an operation names; none if it is not about keys.
    static List<String> keys(Call call) {
        return switch (call) {
            case Call.Put put -> List.of(put.key());
            case Call.Get get -> List.of(get.key());
            case Call.CompareAndSet cas -> List.of(cas.key());
            case Call.Delete delete -> List.of(delete.key());
            case Call.Transaction txn -> {
                var keys = new TreeSet<String>();
                txn.conditions().forEach(condition -> keys.add(condition.key()));
                txn.then().forEach(step -> keys.add(step.key()));
                txn.otherwise().forEach(step -> keys.add(step.key()));
                yield List.copyOf(keys);
            }
            case Call.Lock _, Call.Renew _, Call.Unlock _, Call.Watch _ -> List.of();
        };
    }

    /// The values that conditions and answers mention.
    static SortedSet<String> mentioned(List<Operation> group) {
        var mentioned = new TreeSet<String>();
        Consumer<@Nullable String> mention = value -> {
            if (value != null) {
                mentioned.add(value);
            }
        };
        for (Operation operation : group) {
            if (operation.call() instanceof Call.CompareAndSet cas) {
                mention.accept(cas.expect());
            } else if (operation.call() instanceof Call.Transaction txn) {
                txn.conditions().forEach(condition -> mention.accept(condition.value()));
            }
            switch (operation.answer()) {
                case Answer.Written written -> mention.accept(written.previous());
                case Answer.Read read -> mention.accept(read.value());
                case Answer.Compared compared -> mention.accept(compared.value());
                case Answer.Branch branch -> branch.parts().forEach(part -> mention.accept(part.value()));
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
        return mentioned;
    }

    /// Whether a group has an operation that depends on versions.
    static boolean comparesVersions(List<Operation> group) {
        return group.stream().map(Operation::call).anyMatch(call -> switch (call) {
            case Call.CompareAndSet cas -> cas.expectVersion() != null;
            case Call.Transaction txn -> txn.conditions().stream().anyMatch(Call.Condition::comparesVersion);
            case Call.Put _, Call.Get _, Call.Delete _, Call.Lock _, Call.Renew _, Call.Unlock _, Call.Watch _ -> false;
        });
    }
}
