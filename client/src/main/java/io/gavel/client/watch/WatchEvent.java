package io.gavel.client.watch;

import io.gavel.client.Bytes;
import io.gavel.client.kv.Entry;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What happened to the watched keys. */
public sealed interface WatchEvent {
    /** The revision at which it happened. */
    long revision();

    /**
     * A key was written.
     *
     * @param replaced what was there, if that was asked for
     */
    record Put(long revision, Entry entry, @Nullable Entry replaced) implements WatchEvent {
        /** What was there, if that was asked for. */
        public Optional<Entry> previous() {
            return Optional.ofNullable(replaced);
        }
    }

    /**
     * A key was deleted or ended.
     *
     * @param replaced what was there, if that was asked for
     */
    record Delete(long revision, Bytes key, @Nullable Entry replaced) implements WatchEvent {
        /** What was there, if that was asked for. */
        public Optional<Entry> previous() {
            return Optional.ofNullable(replaced);
        }
    }

    /**
     * Replaces everything known: what is not in it does not exist.
     *
     * @param afterGap events before {@code revision} were skipped
     */
    record Snapshot(long revision, List<Entry> entries, boolean afterGap) implements WatchEvent {}

    /** Every event up to this revision has been delivered. */
    record Progress(long revision) implements WatchEvent {}
}
