package io.gavel.faults.check.linear;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Operation;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Compiles operations on keys into transitions, by the sequential specification: a key's version counts its writes
/// since it was last absent.
final class Transitions {
    private static final int UNTOLD = -1;

    private final Interned names;
    private final boolean tracksVersions;
    private final boolean trustsVersions;

    Transitions(Interned names, boolean tracksVersions, boolean trustsVersions) {
        this.names = names;
        this.tracksVersions = tracksVersions;
        this.trustsVersions = trustsVersions;
    }

    Transition of(Operation operation) {
        Answer answer = operation.isOk() ? operation.answer() : null;
        return switch (operation.call()) {
            case Call.Put put -> put(put, answer instanceof Answer.Written written ? written : null);
            case Call.Get get -> get(get, answer instanceof Answer.Read read ? read : null);
            case Call.CompareAndSet cas -> cas(cas, answer instanceof Answer.Compared compared ? compared : null);
            case Call.Delete delete -> delete(delete, answer instanceof Answer.Deleted deleted ? deleted : null);
            case Call.Transaction txn -> transaction(txn, answer instanceof Answer.Branch branch ? branch : null);
            case Call.Lock _, Call.Renew _, Call.Unlock _, Call.Watch _ -> state -> state;
        };
    }

    private int told(@Nullable Long version) {
        return version == null || !trustsVersions ? UNTOLD : Math.toIntExact(version);
    }

    private int version(int[] state, int key) {
        return state[names.keyCount() + key];
    }

    private int[] written(int[] state, int key, int value) {
        int[] after = state.clone();
        after[key] = value;
        if (tracksVersions) {
            after[names.keyCount() + key] = value == Interned.ABSENT ? 0 : version(state, key) + 1;
        }
        return Arrays.equals(after, state) ? state : after;
    }

    private Transition put(Call.Put put, Answer.@Nullable Written told) {
        int key = names.key(put.key());
        int value = names.value(put.value());
        int version = told == null ? UNTOLD : told(told.version());
        int previous = told == null || told.previous() == null ? UNTOLD : names.value(told.previous());
        return state -> {
            if ((previous != UNTOLD && state[key] != previous)
                    || (version != UNTOLD && version(state, key) + 1 != version)) {
                return null;
            }
            return written(state, key, value);
        };
    }

    private Transition get(Call.Get get, Answer.@Nullable Read told) {
        if (told == null) {
            return state -> state;
        }
        int key = names.key(get.key());
        int value = names.value(told.value());
        int version = told(told.version());
        return state -> state[key] == value && (version == UNTOLD || version(state, key) == version) ? state : null;
    }

    private Transition cas(Call.CompareAndSet cas, Answer.@Nullable Compared told) {
        int key = names.key(cas.key());
        int value = names.value(cas.value());
        int expected = names.value(cas.expect());
        int expectedVersion = cas.expectVersion() == null ? UNTOLD : Math.toIntExact(cas.expectVersion());
        return state -> {
            boolean matches = (!cas.comparesValue() || state[key] == expected)
                    && (expectedVersion == UNTOLD || version(state, key) == expectedVersion);
            if (told != null && !agrees(told, matches, state, key)) {
                return null;
            }
            return matches ? written(state, key, value) : state;
        };
    }

    private boolean agrees(Answer.Compared told, boolean matches, int[] state, int key) {
        if (told.succeeded() != matches) {
            return false;
        }
        int version = told(told.version());
        return matches
                ? version == UNTOLD || version(state, key) + 1 == version
                : !told.tellsValue() || state[key] == names.value(told.value());
    }

    private Transition delete(Call.Delete delete, Answer.@Nullable Deleted told) {
        int key = names.key(delete.key());
        return state -> {
            boolean present = state[key] != Interned.ABSENT;
            if (told != null && told.deleted() != null && told.deleted() != present) {
                return null;
            }
            return present ? written(state, key, Interned.ABSENT) : state;
        };
    }

    private Transition transaction(Call.Transaction txn, Answer.@Nullable Branch told) {
        return state -> {
            boolean holds = txn.conditions().stream().allMatch(condition -> holds(condition, state));
            if (told != null && told.succeeded() != holds) {
                return null;
            }
            List<Call.Step> steps = holds ? txn.then() : txn.otherwise();
            int[] after = state;
            for (int i = 0; i < steps.size() && after != null; i++) {
                Answer.Part part =
                        told != null && i < told.parts().size() ? told.parts().get(i) : null;
                after = step(steps.get(i), part, after);
            }
            return after;
        };
    }

    private boolean holds(Call.Condition condition, int[] state) {
        int key = names.key(condition.key());
        Long version = condition.version();
        return version == null ? state[key] == names.value(condition.value()) : version(state, key) == version;
    }

    private int @Nullable [] step(Call.Step step, Answer.@Nullable Part told, int[] state) {
        int key = names.key(step.key());
        int[] after = switch (step.kind()) {
            case PUT -> written(state, key, names.value(step.value()));
            case DELETE -> written(state, key, Interned.ABSENT);
            case GET -> state;
        };
        if (told == null || step.kind() == Call.Kind.DELETE) {
            return after;
        }
        int version = told(told.version());
        boolean agrees = (!told.tellsValue() || after[key] == names.value(told.value()))
                && (version == UNTOLD || version(after, key) == version);
        return agrees ? after : null;
    }
}
