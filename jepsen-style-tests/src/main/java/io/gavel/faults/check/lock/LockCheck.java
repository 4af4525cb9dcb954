package io.gavel.faults.check.lock;

import io.gavel.faults.check.Check;
import io.gavel.faults.check.Evidence;
import io.gavel.faults.check.Finding;
import io.gavel.faults.check.Revisions;
import io.gavel.faults.check.Texts;
import io.gavel.faults.check.Writes;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// I21: tokens of a lock are unique and rise with each grant, a resource never accepts a lower token after a higher
/// one, and no two clients hold a lock at once by the server's own contract.
public final class LockCheck implements Check {
    private static final String NAME = "I21 mutual exclusion";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Tenures.of(evidence).forEach((lock, tenures) -> judge(lock, tenures, findings));
        refusals(evidence, findings);
        resources(evidence, findings);
    }

    private static void judge(String lock, List<Tenure> tenures, Consumer<Finding> findings) {
        for (int i = 1; i < tenures.size(); i++) {
            if (tenures.get(i).token() == tenures.get(i - 1).token()) {
                findings.accept(Finding.violated(
                        NAME,
                        "lock " + lock + ": one token for two grants",
                        operations(tenures.get(i - 1), tenures.get(i))));
                return;
            }
        }
        List<Tenure> byCall = new ArrayList<>(tenures);
        byCall.sort(Comparator.comparingLong(tenure -> tenure.grant().invoked()));
        for (int i = 0; i < byCall.size(); i++) {
            for (int j = 0; j < i; j++) {
                pair(lock, byCall.get(j), byCall.get(i), findings);
            }
        }
    }

    private static void pair(String lock, Tenure one, Tenure other, Consumer<Finding> findings) {
        if (one.grant().returned() < other.grant().invoked() && other.token() < one.token()) {
            findings.accept(Finding.violated(
                    NAME, "lock " + lock + ": the later grant has the lower token", operations(one, other)));
        }
        if (Math.max(one.fromNanos(), other.fromNanos())
                < Math.min(one.certainUntilNanos(), other.certainUntilNanos())) {
            findings.accept(Finding.violated(
                    NAME,
                    "lock " + lock + ": tokens " + one.token() + " and " + other.token() + " were held together until "
                            + Texts.seconds(Math.min(one.certainUntilNanos(), other.certainUntilNanos())) + " s",
                    operations(one, other)));
        }
    }

    private static List<Operation> operations(Tenure one, Tenure other) {
        return List.of(one.grant(), other.grant());
    }

    /// Who was refused because a lock was held must not have asked while nobody can have held it.
    private static void refusals(Evidence evidence, Consumer<Finding> findings) {
        Map<String, List<Operation>> asked = new TreeMap<>();
        for (Operation operation : evidence.operations()) {
            if (operation.call() instanceof Call.Lock lock && operation.isPossible()) {
                asked.computeIfAbsent(lock.key(), unseen -> new ArrayList<>()).add(operation);
            }
        }
        for (Operation refusal : evidence.operations()) {
            if (refusal.call() instanceof Call.Lock lock
                    && refusal.answer() instanceof Answer.Refused refused
                    && refused.held()
                    && asked.getOrDefault(lock.key(), List.of()).stream()
                            .noneMatch(holder -> mayHold(evidence, holder, refusal))) {
                findings.accept(Finding.violated(
                        NAME,
                        "lock " + lock.key() + ": refused as held when nobody can have held it",
                        List.of(refusal)));
            }
        }
    }

    private static boolean mayHold(Evidence evidence, Operation holder, Operation refusal) {
        if (holder.invoked() > refusal.returned()) {
            return false;
        }
        if (!(holder.answer() instanceof Answer.Granted granted)) {
            return true;
        }
        return evidence.operations().stream()
                .noneMatch(release -> release.isOk()
                        && release.call() instanceof Call.Unlock unlock
                        && unlock.key().equals(holder.call().key())
                        && unlock.token() == granted.token()
                        && release.returned() < refusal.invoked());
    }

    /// Guarded changes of one key under tokens of one lock.
    private static void resources(Evidence evidence, Consumer<Finding> findings) {
        Map<Long, String> locks = Tenures.lockOfToken(evidence);
        Map<String, List<Operation>> accepted = new TreeMap<>();
        for (Operation operation : evidence.operations()) {
            Long fence = operation.stamp().fence();
            if (fence != null && operation.isOk() && !Writes.of(operation).isEmpty()) {
                String resource = Writes.of(operation).getFirst().key() + '\0' + locks.getOrDefault(fence, "");
                accepted.computeIfAbsent(resource, unseen -> new ArrayList<>()).add(operation);
            }
        }
        for (List<Operation> resource : accepted.values()) {
            for (int i = 0; i < resource.size(); i++) {
                for (int j = 0; j < resource.size(); j++) {
                    fenced(resource.get(i), resource.get(j), findings);
                }
            }
        }
    }

    private static void fenced(Operation first, Operation second, Consumer<Finding> findings) {
        long firstFence = first.stamp().fence() == null ? 0 : first.stamp().fence();
        long secondFence = second.stamp().fence() == null ? 0 : second.stamp().fence();
        if (secondFence >= firstFence) {
            return;
        }
        Long firstRevision = Revisions.of(first);
        Long secondRevision = Revisions.of(second);
        boolean after = first.returned() < second.invoked();
        if (firstRevision != null && secondRevision != null) {
            after = secondRevision > firstRevision;
        }
        if (after) {
            findings.accept(Finding.violated(
                    NAME,
                    "a resource accepted token " + secondFence + " after token " + firstFence,
                    List.of(first, second)));
        }
    }
}
