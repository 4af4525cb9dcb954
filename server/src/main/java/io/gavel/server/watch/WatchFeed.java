package io.gavel.server.watch;

import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.Holder;
import io.gavel.server.state.table.KeyHistory;
import io.gavel.server.state.table.StateEvent;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What the apply agent hands to the hub, for as long as one state machine lives: recent events, the keys, and the
/// newest release and leader of each name. Written by the apply agent, read by the hub; neither waits for the other.
final class WatchFeed {
    /// How far the state machine has come; every event up to `revision` has been appended before.
    record Applied(long revision, long replicatedTimeNanos) {}

    /// What a name stands for as of `revision`: that is, at or after the reader's own point, and not in between.
    record Named(
            long revision,
            @Nullable ConfigRelease release,
            @Nullable Holder leader) {}

    final EventRing ring;
    final KeyHistory keys;

    // Looked up by name only, never iterated.
    private final ConcurrentHashMap<String, ConfigRelease> releases = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Holder> leaders = new ConcurrentHashMap<>();
    /// Odd while the maps are being changed, so that a reader can tell.
    private volatile long mapVersion;

    private volatile long mapRevision;
    private volatile Applied applied;

    WatchFeed(KeyHistory keys, long revision, long replicatedTimeNanos, WatchLimits limits) {
        this.keys = keys;
        this.ring = new EventRing(limits.ringRevisions(), limits.ringBytes(), revision + 1);
        this.applied = new Applied(revision, replicatedTimeNanos);
        this.mapRevision = revision;
    }

    /// What is there already when the feed begins.
    void seed(List<ConfigRelease> newestReleases, List<StateEvent.LeaderChanged> currentLeaders) {
        newestReleases.forEach(release -> releases.put(release.getNamespace(), release));
        currentLeaders.forEach(this::note);
    }

    /// All events of one revision. The apply agent only.
    void onEvents(long revision, List<StateEvent> events) {
        noteNames(revision, events);
        ring.append(RevisionEvents.of(revision, events));
    }

    void onPublished(long revision, long replicatedTimeNanos) {
        applied = new Applied(revision, replicatedTimeNanos);
    }

    Applied applied() {
        return applied;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private void noteNames(long revision, List<StateEvent> events) {
        mapVersion++;
        for (StateEvent event : events) {
            switch (event) {
                case StateEvent.KeyChanged _ -> {}
                case StateEvent.ConfigReleased(ConfigRelease release) -> releases.put(release.getNamespace(), release);
                case StateEvent.LeaderChanged changed -> note(changed);
            }
        }
        mapRevision = revision;
        mapVersion++;
    }

    private void note(StateEvent.LeaderChanged changed) {
        Holder leader = changed.leader();
        if (leader == null) {
            leaders.remove(changed.election());
        } else {
            leaders.put(changed.election(), leader);
        }
    }

    /// The newest state of a namespace or an election, or null if it was changing while we looked: try again later.
    @Nullable
    Named named(WatchTarget target) {
        long version = mapVersion;
        if ((version & 1) != 0) {
            return null;
        }
        Named named = switch (target) {
            case WatchTarget.Namespace(String name) -> new Named(mapRevision, releases.get(name), null);
            case WatchTarget.Election(String name) -> new Named(mapRevision, null, leaders.get(name));
            case WatchTarget.Keys _ -> throw new IllegalArgumentException("keys have no single state");
        };
        return mapVersion == version ? named : null;
    }
}
