package io.gavel.client.internal.view;

import io.gavel.client.config.ConfigEvent;
import io.gavel.client.internal.core.WatchDecoder;
import io.gavel.client.internal.wire.Decode;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchSnapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Subscriptions to a configuration namespace. */
final class ConfigEventDecoder implements WatchDecoder<ConfigEvent> {
    @Override
    public @Nullable ConfigEvent event(WatchEvent event) {
        return event.getType() == WatchEvent.Type.CONFIG_RELEASE && event.hasRelease()
                ? new ConfigEvent(event.getRevision(), Decode.release(event.getRelease()), false)
                : null;
    }

    /** A release is never split: it is whole in the one chunk that has it. */
    @Override
    public ConfigEvent snapshot(long revision, boolean afterGap, List<WatchSnapshot> chunks) {
        for (WatchSnapshot chunk : chunks) {
            if (chunk.hasRelease() && chunk.getRelease().getVersion() > 0) {
                return new ConfigEvent(revision, Decode.release(chunk.getRelease()), afterGap);
            }
        }
        return new ConfigEvent(revision, null, afterGap);
    }

    @Override
    public @Nullable ConfigEvent progress(long revision) {
        return null;
    }
}
