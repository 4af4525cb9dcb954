package io.gavel.faults.check.linear;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/// Keys and values of a group as small numbers. A value that no condition and no answer mentions cannot be told from
/// another such value, so all of them are one number.
final class Interned {
    /// The value of an absent key.
    static final int ABSENT = 0;

    private static final int UNMENTIONED = 1;

    private final Map<String, Integer> keys = new HashMap<>();
    private final Map<String, Integer> values = new HashMap<>();

    Interned(List<String> keys, SortedSet<String> mentioned) {
        keys.forEach(key -> this.keys.put(key, this.keys.size()));
        mentioned.forEach(value -> values.put(value, values.size() + UNMENTIONED + 1));
    }

    int keyCount() {
        return keys.size();
    }

    int key(String key) {
        return Objects.requireNonNull(keys.get(key), "key of another group");
    }

    int value(@Nullable String value) {
        return value == null ? ABSENT : values.getOrDefault(value, UNMENTIONED);
    }

    boolean isMentioned(String value) {
        return values.containsKey(value);
    }
}
