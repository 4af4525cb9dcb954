package io.gavel.faults.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a client asked for. Values are text; JSON numbers and texts of the same characters are one value.
public sealed interface Call {
    /// The key or lock that it names; empty for a transaction, which names its keys itself.
    String key();

    /// Writes a value.
    record Put(String key, String value) implements Call {}

    /// Reads a key; a serializable read may be stale.
    record Get(String key, boolean serializable) implements Call {}

    /// Writes a value if the key has the expected version and, where `comparesValue`, the expected value.
    record CompareAndSet(
            String key,
            boolean comparesValue,
            @Nullable String expect,
            @Nullable Long expectVersion,
            String value) implements Call {}

    /// Deletes a key.
    record Delete(String key) implements Call {}

    /// Runs `then` if every condition holds, else `otherwise`, as one operation.
    record Transaction(List<Condition> conditions, List<Step> then, List<Step> otherwise) implements Call {
        @Override
        public String key() {
            return "";
        }
    }

    /// Takes a lock, for a lease or for as long as its session lives.
    record Lock(String key, @Nullable Long leaseMillis) implements Call {}

    /// Prolongs the lease of a grant.
    record Renew(String key, long token, long leaseMillis) implements Call {}

    /// Gives a grant back.
    record Unlock(String key, long token) implements Call {}

    /// Follows a key, or all keys under a prefix, from a revision on.
    record Watch(String key, boolean prefix, @Nullable Long from) implements Call {}

    /// A comparison of a transaction: by value (null = absent) or, if a version is named, by version (0 = absent).
    record Condition(
            String key, @Nullable String value, @Nullable Long version) {
        /// Whether it compares versions rather than values.
        public boolean comparesVersion() {
            return version != null;
        }
    }

    /// One step of a branch; only a put has a value.
    record Step(Kind kind, String key, @Nullable String value) {}

    /// What a step does.
    enum Kind {
        /// Writes.
        PUT,
        /// Reads.
        GET,
        /// Deletes.
        DELETE
    }
}
