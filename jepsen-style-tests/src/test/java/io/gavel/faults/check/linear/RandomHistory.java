package io.gavel.faults.check.linear;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Operation;
import io.gavel.faults.history.Stamp;
import io.gavel.faults.history.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Draws histories that a correct store could have given: every operation takes effect at one moment between its call
/// and its return, unknown ones later or never.
final class RandomHistory {
    private final SplittableRandom random;
    private final int keys;
    private final int values;
    private final double unknownShare;
    private final boolean transactions;
    private final boolean tellsRevisions;
    private int lastValue;

    /// `values` = 0 makes each value unique.
    RandomHistory(long seed, int keys, int values, double unknownShare, boolean transactions, boolean tellsRevisions) {
        this.random = new SplittableRandom(seed);
        this.keys = keys;
        this.values = values;
        this.unknownShare = unknownShare;
        this.transactions = transactions;
        this.tellsRevisions = tellsRevisions;
    }

    private record Drawn(int process, long invoked, long effect, long returned, boolean unknown, boolean lost) {}

    List<Operation> draw(int processes, int operationsEach) {
        var drawn = new ArrayList<Drawn>();
        for (int process = 0; process < processes; process++) {
            long now = random.nextInt(10);
            for (int i = 0; i < operationsEach; i++) {
                long invoked = now + 1 + random.nextInt(10);
                long effect = invoked + random.nextInt(20);
                long returned = effect + random.nextInt(20);
                boolean unknown = random.nextDouble() < unknownShare;
                boolean lost = unknown && random.nextBoolean();
                drawn.add(new Drawn(
                        process, invoked, unknown ? effect + random.nextInt(200) : effect, returned, unknown, lost));
                now = returned;
            }
        }
        drawn.sort(Comparator.comparingLong(Drawn::effect));
        var model = new KeyModel(tellsRevisions);
        var operations = new ArrayList<Operation>();
        for (Drawn one : drawn) {
            Call call = call(model);
            Answer answer = one.lost ? null : model.execute(call);
            operations.add(new Operation(
                    one.process,
                    call,
                    Stamp.NONE,
                    one.unknown ? Status.INFO : Status.OK,
                    one.unknown ? null : answer,
                    one.invoked,
                    one.returned));
        }
        operations.sort(Comparator.comparingLong(Operation::invoked));
        return operations;
    }

    private String key() {
        return "k" + random.nextInt(keys);
    }

    private String value() {
        return "v" + (values == 0 ? ++lastValue : random.nextInt(values));
    }

    private String expected() {
        return "v" + (values == 0 ? Math.max(1, lastValue - random.nextInt(3)) : random.nextInt(values));
    }

    private Call call(KeyModel model) {
        String key = key();
        return switch (random.nextInt(transactions ? 10 : 9)) {
            case 0, 1, 2 -> new Call.Put(key, value());
            case 3, 4, 5 -> new Call.Get(key, false);
            case 6 -> new Call.CompareAndSet(key, true, random.nextInt(4) == 0 ? null : expected(), null, value());
            case 7 -> new Call.CompareAndSet(key, false, null, model.version(key) + random.nextInt(2), value());
            case 8 -> new Call.Delete(key);
            default ->
                new Call.Transaction(
                        List.of(new Call.Condition(key, random.nextBoolean() ? expected() : null, null)),
                        List.of(step(Call.Kind.PUT), step(Call.Kind.GET)),
                        List.of(step(Call.Kind.DELETE), step(Call.Kind.GET)));
        };
    }

    private Call.Step step(Call.Kind kind) {
        return new Call.Step(kind, key(), kind == Call.Kind.PUT ? value() : null);
    }

    /// Changes one answer: another value, another version, another outcome.
    Operation mutated(Operation operation) {
        Answer answer = operation.answer();
        Answer other = switch (answer) {
            case Answer.Read read
            when random.nextBoolean() ->
                new Answer.Read(random.nextInt(4) == 0 ? null : expected(), read.version(), null);
            case Answer.Read read -> new Answer.Read(read.value(), near(read.version()), null);
            case Answer.Written written ->
                new Answer.Written(near(written.version()), written.previous(), written.revision());
            case Answer.Compared compared ->
                new Answer.Compared(!compared.succeeded(), compared.version(), compared.revision(), false, null);
            case Answer.Deleted deleted -> new Answer.Deleted(Boolean.FALSE.equals(deleted.deleted()), null, null);
            case Answer.Branch branch -> new Answer.Branch(!branch.succeeded(), branch.parts(), null);
            case null, default -> answer;
        };
        return new Operation(
                operation.process(),
                operation.call(),
                operation.stamp(),
                operation.status(),
                other,
                operation.invoked(),
                operation.returned());
    }

    private @Nullable Long near(@Nullable Long version) {
        return version == null ? null : Math.max(0, version + (random.nextBoolean() ? 1 : -1));
    }
}
