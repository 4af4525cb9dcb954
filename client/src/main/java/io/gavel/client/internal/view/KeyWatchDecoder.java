package io.gavel.client.internal.view;

import io.gavel.client.internal.core.WatchDecoder;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.kv.Entry;
import io.gavel.client.watch.WatchEvent;
import io.gavel.protocol.v1.WatchSnapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Subscriptions to keys. */
final class KeyWatchDecoder implements WatchDecoder<WatchEvent> {
    @Override
    public @Nullable WatchEvent event(io.gavel.protocol.v1.WatchEvent event) {
        @Nullable Entry previous = event.hasPrevious() ? Decode.entry(event.getPrevious()) : null;
        return switch (event.getType()) {
            case PUT -> new WatchEvent.Put(event.getRevision(), Decode.entry(event.getEntry()), previous);
            case DELETE ->
                new WatchEvent.Delete(
                        event.getRevision(), Decode.bytes(event.getEntry().getKey()), previous);
            case CONFIG_RELEASE, LEADER_CHANGE, UNRECOGNIZED -> null;
        };
    }

    @Override
    public WatchEvent snapshot(long revision, boolean afterGap, List<WatchSnapshot> chunks) {
        List<Entry> entries = new ArrayList<>();
        chunks.forEach(chunk -> entries.addAll(Decode.entries(chunk.getEntriesList())));
        return new WatchEvent.Snapshot(revision, Collections.unmodifiableList(entries), afterGap);
    }

    @Override
    public WatchEvent progress(long revision) {
        return new WatchEvent.Progress(revision);
    }
}
