package io.gavel.faults.check.linear;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The sequential specification once more, as plainly as it can be said: a map from keys to values and versions.
final class KeyModel {
    private final Map<String, String> values = new TreeMap<>();
    private final Map<String, Long> versions = new TreeMap<>();

    private final boolean tellsRevisions;
    private long revision;

    KeyModel(boolean tellsRevisions) {
        this.tellsRevisions = tellsRevisions;
    }

    KeyModel copy() {
        var copy = new KeyModel(tellsRevisions);
        copy.revision = revision;
        copy.values.putAll(values);
        copy.versions.putAll(versions);
        return copy;
    }

    long version(String key) {
        return versions.getOrDefault(key, 0L);
    }

    private long put(String key, String value) {
        values.put(key, value);
        return versions.merge(key, 1L, Long::sum);
    }

    private boolean remove(String key) {
        versions.remove(key);
        return values.remove(key) != null;
    }

    private @Nullable Long nextRevision() {
        return tellsRevisions ? ++revision : null;
    }

    /// Does it and answers with everything that can be told.
    Answer execute(Call call) {
        return switch (call) {
            case Call.Put put -> {
                String previous = values.get(put.key());
                yield new Answer.Written(put(put.key(), put.value()), previous, nextRevision());
            }
            case Call.Get get -> new Answer.Read(values.get(get.key()), version(get.key()), null);
            case Call.CompareAndSet cas -> {
                boolean matches = (!cas.comparesValue() || Objects.equals(values.get(cas.key()), cas.expect()))
                        && (cas.expectVersion() == null || cas.expectVersion() == version(cas.key()));
                if (matches) {
                    yield new Answer.Compared(true, put(cas.key(), cas.value()), nextRevision(), false, null);
                }
                yield new Answer.Compared(false, null, null, true, values.get(cas.key()));
            }
            case Call.Delete delete -> new Answer.Deleted(remove(delete.key()), null, null);
            case Call.Transaction txn -> execute(txn);
            case Call.Lock _, Call.Renew _, Call.Unlock _, Call.Watch _ -> throw new IllegalArgumentException();
        };
    }

    private Answer execute(Call.Transaction txn) {
        boolean holds = txn.conditions().stream().allMatch(this::holds);
        List<Answer.Part> parts = new ArrayList<>();
        for (Call.Step step : holds ? txn.then() : txn.otherwise()) {
            parts.add(
                    switch (step.kind()) {
                        case PUT -> new Answer.Part(false, null, put(step.key(), String.valueOf(step.value())));
                        case GET -> new Answer.Part(true, values.get(step.key()), version(step.key()));
                        case DELETE -> {
                            remove(step.key());
                            yield new Answer.Part(false, null, null);
                        }
                    });
        }
        return new Answer.Branch(holds, parts, null);
    }

    private boolean holds(Call.Condition condition) {
        @Nullable Long version = condition.version();
        return version == null
                ? Objects.equals(values.get(condition.key()), condition.value())
                : version == version(condition.key());
    }
}
