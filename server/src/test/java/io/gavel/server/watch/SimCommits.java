package io.gavel.server.watch;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.server.state.table.KeyVersion;
import io.gavel.server.state.table.StateEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The apply agent's side of a hub, and a plain record of all that was ever committed, to check watchers against.
final class SimCommits {
    static final long INCARNATION = 7;

    final WatchHub hub;
    SimKeys keys = new SimKeys();

    private final TreeMap<Long, List<StateEvent>> log = new TreeMap<>();
    private List<StateEvent> change = new ArrayList<>();
    private long revision;
    private long published;
    private boolean attached;

    SimCommits(WatchHub hub) {
        this.hub = hub;
        restart();
    }

    long revision() {
        return revision;
    }

    /// What the hub may show.
    long publishedRevision() {
        return published;
    }

    /// The member installs a snapshot: another state machine with the same contents takes over.
    void restart() {
        List<ConfigRelease> releases = new ArrayList<>();
        List<StateEvent.LeaderChanged> leaders = new ArrayList<>();
        for (String name : List.of("ns", "other")) {
            ConfigRelease release = release(name, revision);
            if (release != null) {
                releases.add(release);
            }
            Holder leader = leader(name, revision);
            if (leader != null) {
                leaders.add(new StateEvent.LeaderChanged(name, leader));
            }
        }
        published = revision;
        hub.onRestored(keys, revision, 0, releases, leaders);
        attached = true;
    }

    /// Revisions that the hub never hears of, because they come with a snapshot.
    void detach() {
        attached = false;
    }

    SimCommits put(String key, String value) {
        byte[] bytes = bytes(key);
        KeyVersion before = keys.live(bytes);
        change.add(new StateEvent.KeyChanged(bytes, keys.put(bytes, bytes(value), revision + 1), before));
        return this;
    }

    SimCommits delete(String key) {
        byte[] bytes = bytes(key);
        KeyVersion before = keys.live(bytes);
        if (before != null && before.modRevision() <= revision) {
            change.add(new StateEvent.KeyChanged(bytes, keys.delete(bytes, revision + 1), before));
        }
        return this;
    }

    SimCommits release(String namespace) {
        change.add(new StateEvent.ConfigReleased(ConfigRelease.newBuilder()
                .setNamespace(namespace)
                .setVersion(revision + 1)
                .setRevision(revision + 1)
                .build()));
        return this;
    }

    SimCommits leader(String election, boolean somebody) {
        change.add(new StateEvent.LeaderChanged(
                election, somebody ? Holder.newBuilder().setToken(revision + 1).build() : null));
        return this;
    }

    /// Applies the change at the next revision; it is published by [#publish].
    void commit() {
        revision++;
        log.put(revision, change);
        if (attached && !change.isEmpty()) {
            hub.onEvents(revision, change);
        }
        change = new ArrayList<>();
    }

    void publish() {
        if (attached) {
            published = revision;
            hub.onPublished(revision, 0);
        }
    }

    void commitAndPublish() {
        commit();
        publish();
    }

    // ---- what is true

    List<WatchEvent> between(long from, long to, WatchRequest request) {
        WatchTarget target = WatchTarget.of(request);
        List<WatchEvent> events = new ArrayList<>();
        if (from <= to) {
            log.subMap(from, true, to, true)
                    .forEach((at, changes) -> changes.stream()
                            .filter(target::covers)
                            .forEach(event ->
                                    events.add(WatchMessages.event(event, at, request.getPreviousValues(), 0))));
        }
        return events;
    }

    List<KeyValue> keysAt(long at, WatchRequest request) {
        TreeMap<ByteString, KeyValue> entries = new TreeMap<>(ByteString.unsignedLexicographicalComparator());
        if (request.hasKeys()) {
            for (WatchEvent event : between(1, at, request)) {
                if (event.getType() == WatchEvent.Type.PUT) {
                    entries.put(event.getEntry().getKey(), event.getEntry());
                } else {
                    entries.remove(event.getEntry().getKey());
                }
            }
        }
        return List.copyOf(entries.values());
    }

    ConfigRelease releaseAt(long at, WatchRequest request) {
        ConfigRelease release = request.hasConfigNamespace() ? release(request.getConfigNamespace(), at) : null;
        return release == null ? ConfigRelease.getDefaultInstance() : release;
    }

    Holder leaderAt(long at, WatchRequest request) {
        Holder leader = request.hasElection() ? leader(request.getElection(), at) : null;
        return leader == null ? Holder.getDefaultInstance() : leader;
    }

    private @Nullable ConfigRelease release(String namespace, long at) {
        ConfigRelease newest = null;
        for (List<StateEvent> changes : log.headMap(at, true).values()) {
            for (StateEvent event : changes) {
                if (event instanceof StateEvent.ConfigReleased(ConfigRelease release)
                        && release.getNamespace().equals(namespace)) {
                    newest = release;
                }
            }
        }
        return newest;
    }

    private @Nullable Holder leader(String election, long at) {
        Holder newest = null;
        for (List<StateEvent> changes : log.headMap(at, true).values()) {
            for (StateEvent event : changes) {
                if (event instanceof StateEvent.LeaderChanged changed
                        && changed.election().equals(election)) {
                    newest = changed.leader();
                }
            }
        }
        return newest;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
