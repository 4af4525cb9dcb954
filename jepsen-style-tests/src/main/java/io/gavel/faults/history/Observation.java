package io.gavel.faults.history;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What an event of a run tells, by clients (sessions, looks, config, elections) or from the replicated state, where
/// the first member to apply it reports it (queues, expiries, changes).
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Observation.SessionOpened.class, name = "session-opened"),
    @JsonSubTypes.Type(value = Observation.SessionRenewed.class, name = "session-renewed"),
    @JsonSubTypes.Type(value = Observation.SessionEnded.class, name = "session-ended"),
    @JsonSubTypes.Type(value = Observation.SessionRemoved.class, name = "session-removed"),
    @JsonSubTypes.Type(value = Observation.HeldLook.class, name = "held-look"),
    @JsonSubTypes.Type(value = Observation.PermitGranted.class, name = "permit-granted"),
    @JsonSubTypes.Type(value = Observation.PermitReturned.class, name = "permit-returned"),
    @JsonSubTypes.Type(value = Observation.Enqueued.class, name = "enqueued"),
    @JsonSubTypes.Type(value = Observation.QueueGranted.class, name = "queue-granted"),
    @JsonSubTypes.Type(value = Observation.QueueLeft.class, name = "queue-left"),
    @JsonSubTypes.Type(value = Observation.QueueMoved.class, name = "queue-moved"),
    @JsonSubTypes.Type(value = Observation.ConfigPublished.class, name = "config-published"),
    @JsonSubTypes.Type(value = Observation.ConfigRolledBack.class, name = "config-rolled-back"),
    @JsonSubTypes.Type(value = Observation.ConfigRead.class, name = "config-read"),
    @JsonSubTypes.Type(value = Observation.ConfigSeen.class, name = "config-seen"),
    @JsonSubTypes.Type(value = Observation.LeaderObserved.class, name = "leader-observed"),
    @JsonSubTypes.Type(value = Observation.Committed.class, name = "committed"),
    @JsonSubTypes.Type(value = Observation.Compacted.class, name = "compacted"),
    @JsonSubTypes.Type(value = Observation.StateDigest.class, name = "state-digest"),
    @JsonSubTypes.Type(value = Observation.FinalEntries.class, name = "final-entries"),
})
public sealed interface Observation {
    /// A client's session began (return of the call).
    record SessionOpened(long session, long ttlMillis) implements Observation {}

    /// A renewal was confirmed; the event's call is when it was sent.
    record SessionRenewed(long session) implements Observation {}

    /// A client learned that its session is over.
    record SessionEnded(long session) implements Observation {}

    /// The replicated state removed a session.
    record SessionRemoved(long session, Reason reason, long index) implements Observation {}

    /// Why a session was removed.
    enum Reason {
        /// Its deadline passed in replicated time.
        EXPIRED,
        /// Its client closed it.
        CLOSED,
        /// An operator, or a limit, ended it.
        EVICTED
    }

    /// A holder looked at `isHeld()`.
    record HeldLook(String lock, long token, boolean held) implements Observation {}

    /// A client was granted permits; the event's return is when it learned it.
    record PermitGranted(String lock, long token, int permits, int capacity) implements Observation {}

    /// A client gives permits back; the event's call is when it asked.
    record PermitReturned(String lock, long token) implements Observation {}

    /// The replicated state queued a waiter at a log index.
    record Enqueued(String lock, String waiter, long index) implements Observation {}

    /// The replicated state granted a waiter at a log index.
    record QueueGranted(String lock, String waiter, long token, long index) implements Observation {}

    /// The replicated state dropped a waiter, or a grant that was given back or taken away, at a log index.
    record QueueLeft(String lock, String waiter, long index) implements Observation {}

    /// The replicated state put a waiter before all others at a log index, as an operator or the leader asked.
    record QueueMoved(String lock, String waiter, long index) implements Observation {}

    /// A client published changes over a version (null = any); `version` is null unless the status is OK.
    record ConfigPublished(
            String namespace,
            @Nullable Long expected,
            List<Change> changes,
            @Nullable Long version) implements Observation {}

    /// A client rolled back to a release; `version` is null unless the status is OK.
    record ConfigRolledBack(
            String namespace, long to, @Nullable Long version) implements Observation {}

    /// A client read a whole release; version 0 = the namespace is absent.
    record ConfigRead(String namespace, long version, SortedMap<String, String> entries) implements Observation {}

    /// A config watch of a process delivered a release; `snapshot` = earlier ones may have been skipped.
    record ConfigSeen(String namespace, long version, SortedMap<String, String> entries, boolean snapshot)
            implements Observation {}

    /// An observer of an election was told the leader; null = none.
    record LeaderObserved(
            String election, long token, @Nullable String leader) implements Observation {}

    /// The replicated state made a revision of these changes, in log order.
    record Committed(long revision, List<Change> changes) implements Observation {}

    /// A change of one key; a null value deletes it.
    record Change(String key, @Nullable String value) {}

    /// Revisions below the floor are no longer retained.
    record Compacted(long floor) implements Observation {}

    /// A member's digest of its state at an applied index.
    record StateDigest(long index, String digest) implements Observation {}

    /// All keys at the end of a run, read linearizably after everything healed.
    record FinalEntries(SortedMap<String, String> entries) implements Observation {}
}
