package io.gavel.server.state.table;

import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.Holder;
import org.jspecify.annotations.Nullable;

/// Something a watcher may want to know. Holds references into the state, so keeping one costs little; it becomes a
/// message only for a watcher that asked for it.
public sealed interface StateEvent {
    /// A key was put, or deleted if `current` is a tombstone. `previous` is the live version it replaced.
    /// Never compared, so the array's identity does not matter.
    @SuppressWarnings("ArrayRecordComponent")
    record KeyChanged(
            byte[] key, KeyVersion current, @Nullable KeyVersion previous) implements StateEvent {}

    /// A namespace has a new release.
    record ConfigReleased(ConfigRelease release) implements StateEvent {}

    /// An election has a leader with this proposal, or none.
    record LeaderChanged(String election, @Nullable Holder leader) implements StateEvent {}
}
