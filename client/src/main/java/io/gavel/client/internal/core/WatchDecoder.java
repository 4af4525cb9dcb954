package io.gavel.client.internal.core;

import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchSnapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns messages into what a kind of subscription delivers; null = nothing to deliver. */
public interface WatchDecoder<E> {
    /** An event. */
    @Nullable
    E event(WatchEvent event);

    /** A snapshot, from all of its chunks. */
    @Nullable
    E snapshot(long revision, boolean afterGap, List<WatchSnapshot> chunks);

    /** Everything up to this revision has been delivered. */
    @Nullable
    E progress(long revision);
}
