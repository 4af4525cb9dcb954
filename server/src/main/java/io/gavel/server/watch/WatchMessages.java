package io.gavel.server.watch;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchEvents;
import io.gavel.protocol.v1.WatchResponse;
import io.gavel.protocol.v1.WatchSnapshot;
import io.gavel.server.state.table.KeyVersion;
import io.gavel.server.state.table.StateEvent;
import org.jspecify.annotations.Nullable;

/// The messages of watches. Every one carries the incarnation, so that each can be resumed from.
final class WatchMessages {
    private final long incarnation;

    WatchMessages(long incarnation) {
        this.incarnation = incarnation;
    }

    WatchResponse events(WatchEvents.Builder events) {
        return response().setEvents(events).build();
    }

    WatchResponse snapshot(WatchSnapshot.Builder snapshot) {
        return response().setSnapshot(snapshot).build();
    }

    WatchResponse progress(long revision) {
        return response().setProgress(revision).build();
    }

    private WatchResponse.Builder response() {
        return WatchResponse.newBuilder().setIncarnation(incarnation);
    }

    static WatchEvent event(StateEvent event, long revision, boolean withPrevious, long nowNanos) {
        WatchEvent.Builder message = WatchEvent.newBuilder().setRevision(revision);
        switch (event) {
            case StateEvent.KeyChanged changed -> {
                KeyVersion previous = changed.previous();
                message.setType(changed.current().isTombstone() ? WatchEvent.Type.DELETE : WatchEvent.Type.PUT)
                        .setEntry(entry(changed.key(), changed.current(), nowNanos));
                if (withPrevious && previous != null && !previous.isTombstone()) {
                    message.setPrevious(previous.toKeyValue(changed.key(), true, nowNanos));
                }
            }
            case StateEvent.ConfigReleased released ->
                message.setType(WatchEvent.Type.CONFIG_RELEASE).setRelease(released.release());
            case StateEvent.LeaderChanged changed -> {
                Holder leader = changed.leader();
                message.setType(WatchEvent.Type.LEADER_CHANGE);
                if (leader != null) {
                    message.setLeader(leader);
                }
            }
        }
        return message.build();
    }

    private static KeyValue entry(byte[] key, KeyVersion version, long nowNanos) {
        if (!version.isTombstone()) {
            return version.toKeyValue(key, true, nowNanos);
        }
        ByteString bytes = UnsafeByteOperations.unsafeWrap(key);
        return KeyValue.newBuilder()
                .setKey(bytes)
                .setModRevision(version.modRevision())
                .build();
    }

    /// The version that exists at `revision`, or null. Only what is pinned may be asked for.
    static @Nullable KeyVersion visibleAt(KeyVersion newest, long revision) {
        KeyVersion version = newest;
        while (version != null && version.modRevision() > revision) {
            version = version.previous();
        }
        return version == null || version.isTombstone() ? null : version;
    }
}
