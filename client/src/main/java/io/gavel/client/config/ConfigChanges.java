package io.gavel.client.config;

import io.gavel.client.internal.wire.Limits;
import io.gavel.client.kv.Guard;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a new release changes. Immutable; each {@code with…} gives a new one.
 *
 * @param set keys to write
 * @param delete keys to remove
 * @param replace the namespace becomes exactly {@code set}
 * @param expectedVersion the version it must have now, 0 = must be absent; -1 = no condition
 * @param guards what must hold for the release to be made
 */
public record ConfigChanges(
        Map<String, String> set,
        List<String> delete,
        boolean replace,
        long expectedVersion,
        String author,
        String message,
        List<Guard> guards) {
    /** Copies the collections, and refuses an expected version below -1. */
    public ConfigChanges {
        Limits.optional("expectedVersion", expectedVersion);
        set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
        delete = List.copyOf(delete);
        guards = List.copyOf(guards);
    }

    /** Writes one key. */
    public static ConfigChanges set(String key, String value) {
        return setAll(Collections.singletonMap(key, value));
    }

    /** Writes several keys. */
    public static ConfigChanges setAll(Map<String, String> entries) {
        return new ConfigChanges(entries, List.of(), false, -1, "", "", List.of());
    }

    /** Makes the namespace exactly {@code entries}. */
    public static ConfigChanges replaceWith(Map<String, String> entries) {
        return new ConfigChanges(entries, List.of(), true, -1, "", "", List.of());
    }

    /** Writes one more key. */
    public ConfigChanges andSet(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(set);
        more.put(key, value);
        return new ConfigChanges(more, delete, replace, expectedVersion, author, message, guards);
    }

    /** Removes one more key. */
    public ConfigChanges andDelete(String key) {
        List<String> more = new ArrayList<>(delete);
        more.add(key);
        return new ConfigChanges(set, more, replace, expectedVersion, author, message, guards);
    }

    /** Only if the namespace has this version; 0 = only if it is absent. */
    public ConfigChanges withExpectedVersion(long version) {
        return new ConfigChanges(
                set, delete, replace, Limits.nonNegative("expectedVersion", version), author, message, guards);
    }

    /** Who changes it, and why. */
    public ConfigChanges by(String who, String why) {
        return new ConfigChanges(set, delete, replace, expectedVersion, who, why, guards);
    }

    /** Only while these hold. */
    public ConfigChanges withGuards(Guard... conditions) {
        return new ConfigChanges(set, delete, replace, expectedVersion, author, message, List.of(conditions));
    }
}
