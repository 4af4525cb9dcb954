package io.gavel.faults.check.linear;

import io.gavel.faults.check.Revisions;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Tries every order, without a thought.
final class BruteForce {
    private final boolean trustsVersions;

    BruteForce(boolean trustsVersions) {
        this.trustsVersions = trustsVersions;
    }

    boolean hasOrder(List<Operation> operations) {
        return hasOrder(operations, new KeyModel(false), 0);
    }

    private boolean hasOrder(List<Operation> left, KeyModel model, long lastRevision) {
        if (left.stream().noneMatch(Operation::isOk)) {
            return true;
        }
        long earliest = left.stream()
                .filter(Operation::isOk)
                .mapToLong(Operation::returned)
                .min()
                .orElseThrow();
        for (int i = 0; i < left.size(); i++) {
            Operation next = left.get(i);
            if (next.invoked() > earliest) {
                continue;
            }
            KeyModel after = model.copy();
            Answer answer = after.execute(next.call());
            Long told = Revisions.of(next);
            if (trustsVersions && told != null && told < lastRevision) {
                continue;
            }
            if (!next.isOk() || agrees(next.answer(), answer)) {
                var rest = new ArrayList<>(left);
                rest.remove(i);
                if (hasOrder(rest, after, told == null ? lastRevision : told)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean agrees(@Nullable Answer told, Answer real) {
        return switch (told) {
            case Answer.Read read -> {
                var other = (Answer.Read) real;
                yield Objects.equals(read.value(), other.value()) && version(read.version(), other.version());
            }
            case Answer.Written written -> {
                var other = (Answer.Written) real;
                yield (written.previous() == null || written.previous().equals(other.previous()))
                        && version(written.version(), other.version());
            }
            case Answer.Compared compared -> {
                var other = (Answer.Compared) real;
                yield compared.succeeded() == other.succeeded()
                        && (!compared.tellsValue() || Objects.equals(compared.value(), other.value()))
                        && (!compared.succeeded() || version(compared.version(), other.version()));
            }
            case Answer.Deleted deleted ->
                deleted.deleted() == null || deleted.deleted().equals(((Answer.Deleted) real).deleted());
            case Answer.Branch branch -> {
                var other = (Answer.Branch) real;
                yield branch.succeeded() == other.succeeded() && agree(branch.parts(), other.parts());
            }
            case null, default -> true;
        };
    }

    private boolean agree(List<Answer.Part> told, List<Answer.Part> real) {
        for (int i = 0; i < told.size(); i++) {
            Answer.Part one = told.get(i);
            Answer.Part other = real.get(i);
            boolean isDelete = !other.tellsValue() && other.version() == null;
            if (isDelete) {
                continue;
            }
            if ((one.tellsValue() && !Objects.equals(one.value(), other.value()))
                    || !version(one.version(), other.version())) {
                return false;
            }
        }
        return true;
    }

    private boolean version(@Nullable Long told, @Nullable Long real) {
        return told == null || !trustsVersions || told.equals(real);
    }
}
