package io.gavel.client.internal.view;

import io.gavel.client.election.LeaderChange;
import io.gavel.client.internal.core.WatchDecoder;
import io.gavel.client.internal.wire.Decode;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchSnapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Subscriptions to an election. */
final class LeaderChangeDecoder implements WatchDecoder<LeaderChange> {
    @Override
    public @Nullable LeaderChange event(WatchEvent event) {
        return event.getType() == WatchEvent.Type.LEADER_CHANGE
                ? new LeaderChange(
                        event.getRevision(), event.hasLeader() ? Decode.leader(event.getLeader()) : null, false)
                : null;
    }

    @Override
    public LeaderChange snapshot(long revision, boolean afterGap, List<WatchSnapshot> chunks) {
        WatchSnapshot whole = chunks.get(chunks.size() - 1);
        return new LeaderChange(revision, whole.hasLeader() ? Decode.leader(whole.getLeader()) : null, afterGap);
    }

    @Override
    public @Nullable LeaderChange progress(long revision) {
        return null;
    }
}
