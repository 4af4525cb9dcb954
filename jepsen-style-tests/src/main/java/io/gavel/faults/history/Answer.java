package io.gavel.faults.history;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a client was told. A component that is null was not told; an absent value is told by `present = false`.
public sealed interface Answer {
    /// Of an operation whose answer says nothing but that it is done.
    record Done() implements Answer {}

    /// Of a put; `previous` only if it was asked for.
    record Written(
            @Nullable Long version,
            @Nullable String previous,
            @Nullable Long revision) implements Answer {}

    /// Of a get: null = absent.
    record Read(
            @Nullable String value,
            @Nullable Long version,
            @Nullable Long revision) implements Answer {}

    /// Of a compare-and-set; a comparison that differed may tell the value that it met.
    record Compared(
            boolean succeeded,
            @Nullable Long version,
            @Nullable Long revision,
            boolean tellsValue,
            @Nullable String value)
            implements Answer {}

    /// Of a delete.
    record Deleted(
            @Nullable Boolean deleted,
            @Nullable Long version,
            @Nullable Long revision) implements Answer {}

    /// Of a transaction: the branch taken and an answer for each of its steps.
    record Branch(
            boolean succeeded, List<Part> parts, @Nullable Long revision) implements Answer {}

    /// Of a lock that was granted; `queue` is the place in line that it had, 0 = none was before it.
    record Granted(long token, @Nullable Long queue) implements Answer {}

    /// Of a lock that was refused because the server checked that it was held.
    record Refused(boolean held) implements Answer {}

    /// Of an unlock; false = the token did not hold it.
    record Released(@Nullable Boolean released) implements Answer {}

    /// Of a watch: what it delivered, and the revision up to which it said to be complete.
    record Seen(List<WatchEvent> events, @Nullable Long upTo) implements Answer {}

    /// The answer of one step of a transaction; `tellsValue` is false for a put that tells only a version.
    record Part(
            boolean tellsValue,
            @Nullable String value,
            @Nullable Long version) {}

    /// One delivered event; a marked snapshot tells all matching entries at its revision instead of a key.
    record WatchEvent(
            long revision, String key, Type type, @Nullable String value, Map<String, String> entries) {
        /// What happened.
        public enum Type {
            /// A key was written.
            PUT,
            /// A key was deleted.
            DELETE,
            /// Everything matching, as of the revision, after events that are no longer retained.
            SNAPSHOT
        }

        /// A key was written.
        public static WatchEvent put(long revision, String key, String value) {
            return new WatchEvent(revision, key, Type.PUT, value, Map.of());
        }

        /// A key was deleted.
        public static WatchEvent delete(long revision, String key) {
            return new WatchEvent(revision, key, Type.DELETE, null, Map.of());
        }

        /// A marked snapshot.
        public static WatchEvent snapshot(long revision, Map<String, String> entries) {
            return new WatchEvent(revision, "", Type.SNAPSHOT, null, entries);
        }
    }
}
