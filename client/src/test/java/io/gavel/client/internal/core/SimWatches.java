package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchEvents;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import io.gavel.protocol.v1.WatchSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Watches of the model: a history with a compaction floor. */
final class SimWatches {
    /** One subscription; delivers a response for each that was requested. */
    final class Stream {
        private final WatchRequest request;
        private final Consumer<WatchResponse> replies;
        private long next;
        private int credit;
        private boolean needsSnapshot;
        private boolean halfSent;
        private boolean surprised;

        Stream(WatchRequest request, Consumer<WatchResponse> replies) {
            this.request = request;
            this.replies = replies;
            this.next = request.getFromRevision();
            this.needsSnapshot =
                    next == 0 || (request.getIncarnation() != 0 && request.getIncarnation() != cluster.incarnation);
        }

        void request(int count) {
            credit += count;
            pump();
        }

        void close() {
            streams.remove(this);
        }

        private void pump() {
            while (credit > 0) {
                WatchResponse.Builder response = WatchResponse.newBuilder().setIncarnation(cluster.incarnation);
                if (halfSent) {
                    return;
                }
                if (cluster.newer && !surprised) {
                    surprised = true;
                    credit--;
                    replies.accept(
                            response.setUnknownFields(SimCluster.novelty()).build());
                    continue;
                }
                if (needsSnapshot || (next > 0 && next <= compacted)) {
                    snapshot(response);
                } else if (!events(response)) {
                    return;
                }
                credit--;
                replies.accept(response.build());
            }
        }

        private void snapshot(WatchResponse.Builder response) {
            WatchSnapshot.Builder snapshot = WatchSnapshot.newBuilder()
                    .setRevision(cluster.revision)
                    .setAfterGap(next > 0)
                    .setLast(!half);
            halfSent = half;
            if (request.hasKeys()) {
                cluster.keys.values().stream().filter(this::matches).forEach(snapshot::addEntries);
            } else {
                ConfigRelease newest = cluster.config.get(request.getConfigNamespace(), 0);
                if (newest != null) {
                    snapshot.setRelease(newest);
                }
            }
            needsSnapshot = false;
            next = cluster.revision + 1;
            response.setSnapshot(snapshot);
        }

        private boolean events(WatchResponse.Builder response) {
            WatchEvents.Builder events = WatchEvents.newBuilder();
            for (WatchEvent event : history) {
                if (event.getRevision() >= next && matches(event)) {
                    events.addEvents(event);
                }
            }
            if (events.getEventsCount() == 0) {
                return false;
            }
            next = events.getEvents(events.getEventsCount() - 1).getRevision() + 1;
            response.setEvents(events);
            return true;
        }

        private boolean matches(WatchEvent event) {
            return request.hasKeys()
                    ? event.hasEntry() && matches(event.getEntry())
                    : event.hasRelease() && event.getRelease().getNamespace().equals(request.getConfigNamespace());
        }

        private boolean matches(KeyValue entry) {
            return request.getKeys().getPrefix()
                    ? entry.getKey().startsWith(request.getKeys().getKey())
                    : entry.getKey().equals(request.getKeys().getKey());
        }
    }

    private final SimCluster cluster;
    private final List<WatchEvent> history = new ArrayList<>();
    private final List<Stream> streams = new ArrayList<>();
    private long compacted;
    /** Snapshots break off before their last chunk. */
    boolean half;

    SimWatches(SimCluster cluster) {
        this.cluster = cluster;
    }

    Stream open(WatchRequest request, Consumer<WatchResponse> replies) {
        Stream stream = new Stream(request, replies);
        streams.add(stream);
        return stream;
    }

    void onPut(KeyValue entry) {
        add(WatchEvent.newBuilder()
                .setType(WatchEvent.Type.PUT)
                .setRevision(cluster.revision)
                .setEntry(entry)
                .build());
    }

    void onDelete(ByteString key, long revision) {
        add(WatchEvent.newBuilder()
                .setType(WatchEvent.Type.DELETE)
                .setRevision(revision)
                .setEntry(KeyValue.newBuilder().setKey(key))
                .build());
    }

    void onRelease(ConfigRelease release) {
        add(WatchEvent.newBuilder()
                .setType(WatchEvent.Type.CONFIG_RELEASE)
                .setRevision(cluster.revision)
                .setRelease(release)
                .build());
    }

    private void add(WatchEvent event) {
        history.add(event);
        List.copyOf(streams).forEach(Stream::pump);
    }

    int open() {
        return streams.size();
    }

    /** Another cluster is there, which has come as far as {@code revision}. */
    void becomeAnother(long revision) {
        cluster.incarnation++;
        cluster.revision = revision;
        history.clear();
    }

    /** Forgets everything up to now. */
    void compact() {
        compacted = cluster.revision;
        history.clear();
    }
}
