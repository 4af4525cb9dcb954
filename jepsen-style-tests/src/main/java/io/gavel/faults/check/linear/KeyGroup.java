package io.gavel.faults.check.linear;

import io.gavel.faults.check.Revisions;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Operation;
import io.gavel.faults.history.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/// The operations on keys that belong together, ready to be searched.
final class KeyGroup {
    private final List<Operation> operations;

    KeyGroup(List<Operation> operations) {
        this.operations = operations;
    }

    List<Operation> operations() {
        return operations;
    }

    List<String> keys() {
        var keys = new TreeSet<String>();
        operations.forEach(operation -> keys.addAll(KeyGroups.keys(operation.call())));
        return List.copyOf(keys);
    }

    /// What was known at a moment: what returned later is unknown, what was called later did not happen.
    KeyGroup until(long nanos) {
        var before = new ArrayList<Operation>();
        for (Operation operation : operations) {
            if (operation.invoked() > nanos) {
                break;
            }
            before.add(operation.isOk() && operation.returned() > nanos ? asUnknown(operation) : operation);
        }
        return new KeyGroup(before);
    }

    private static Operation asUnknown(Operation operation) {
        return new Operation(
                operation.process(),
                operation.call(),
                operation.stamp(),
                Status.INFO,
                null,
                operation.invoked(),
                operation.returned());
    }

    LinearSearch.Verdict search(boolean trustsVersions, long budgetNodes) {
        var names = new Interned(keys(), KeyGroups.mentioned(operations));
        boolean tracksVersions = trustsVersions || KeyGroups.comparesVersions(operations);
        var transitions = new Transitions(names, tracksVersions, trustsVersions);
        Map<Operation, Long> shown = Observed.effects(operations);
        Map<Operation, Integer> ranks = trustsVersions ? ranks() : Map.of();
        Map<Object, Integer> alikes = new HashMap<>();
        var known = new ArrayList<Candidate>();
        var unknown = new ArrayList<Candidate>();
        for (Operation operation : operations) {
            if (!operation.isPossible()) {
                continue;
            }
            boolean isKnown = operation.isOk() || shown.containsKey(operation);
            List<Candidate> own = isKnown ? known : unknown;
            Transition transition = transitions.of(operation);
            own.add(new Candidate(
                    own.size(),
                    operation.invoked(),
                    operation.isOk() ? operation.returned() : shown.getOrDefault(operation, Long.MAX_VALUE),
                    isKnown,
                    operation.isOk() && isReadOnly(operation),
                    operation.isOk() ? transition : transition.withEffect(),
                    isKnown ? -1 : alikes.computeIfAbsent(alike(operation.call(), names), unseen -> alikes.size()),
                    ranks.getOrDefault(operation, -1)));
        }
        return new LinearSearch(known, unknown, alikes.size()).run(new int[2 * names.keyCount()], budgetNodes);
    }

    /// Whether an answer tells that nothing was changed.
    private static boolean isReadOnly(Operation operation) {
        return switch (operation.answer()) {
            case Answer.Read _ -> true;
            case Answer.Compared compared -> !compared.succeeded();
            case Answer.Deleted deleted -> Boolean.FALSE.equals(deleted.deleted());
            case Answer.Branch branch -> {
                var txn = (Call.Transaction) operation.call();
                yield (branch.succeeded() ? txn.then() : txn.otherwise())
                        .stream().allMatch(step -> step.kind() == Call.Kind.GET);
            }
            case Answer.Done _,
                    Answer.Written _,
                    Answer.Granted _,
                    Answer.Refused _,
                    Answer.Released _,
                    Answer.Seen _ -> false;
            case null -> false;
        };
    }

    /// Equal for calls that nobody can tell apart.
    private static Object alike(Call call, Interned names) {
        if (call instanceof Call.Put put && !names.isMentioned(put.value())) {
            return List.of("put", put.key());
        }
        if (call instanceof Call.CompareAndSet cas && !names.isMentioned(cas.value())) {
            return new Call.CompareAndSet(cas.key(), cas.comparesValue(), cas.expect(), cas.expectVersion(), "");
        }
        return call;
    }

    private Map<Operation, Integer> ranks() {
        var told = new ArrayList<Operation>();
        for (Operation operation : operations) {
            if (Revisions.of(operation) != null) {
                told.add(operation);
            }
        }
        told.sort(Comparator.comparing(operation -> Objects.requireNonNull(Revisions.of(operation))));
        Map<Operation, Integer> ranks = new HashMap<>();
        told.forEach(operation -> ranks.put(operation, ranks.size()));
        return ranks;
    }
}
