package io.gavel.server.watch;

import io.gavel.server.state.table.KeyVersion;
import io.gavel.server.state.table.StateEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All events of one revision, which no watcher ever sees a part of.
///
/// @param isGap the events were too large to keep: whoever has not seen them needs a snapshot
record RevisionEvents(long revision, List<StateEvent> events, long bytes, boolean isGap) {
    private static final int EVENT_OVERHEAD_BYTES = 64;

    static RevisionEvents of(long revision, List<StateEvent> events) {
        long bytes = 0;
        for (StateEvent event : events) {
            bytes += bytes(event);
        }
        return new RevisionEvents(revision, events, bytes, false);
    }

    static RevisionEvents gap(long revision) {
        return new RevisionEvents(revision, List.of(), 0, true);
    }

    /// About what the event takes in memory, and in a message with previous values.
    static long bytes(StateEvent event) {
        return EVENT_OVERHEAD_BYTES
                + switch (event) {
                    case StateEvent.KeyChanged changed ->
                        2L * changed.key().length + valueBytes(changed.current()) + valueBytes(changed.previous());
                    case StateEvent.ConfigReleased released ->
                        released.release().getSerializedSize();
                    case StateEvent.LeaderChanged changed -> {
                        var leader = changed.leader();
                        yield leader == null ? 0 : leader.getSerializedSize();
                    }
                };
    }

    private static long valueBytes(@Nullable KeyVersion version) {
        byte[] value = version == null ? null : version.value();
        return value == null ? 0 : value.length;
    }
}
