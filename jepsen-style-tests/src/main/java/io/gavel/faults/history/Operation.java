package io.gavel.faults.history;

import org.jspecify.annotations.Nullable;

/// One operation of one client; times are nanoseconds of one monotonic clock, `returned` means nothing after an INFO.
///
/// @param answer null if nothing was told; of a failed operation only what the server checked
public record Operation(
        int process,
        Call call,
        Stamp stamp,
        Status status,
        @Nullable Answer answer,
        long invoked,
        long returned) {

    /// Whether it may have had an effect.
    public boolean isPossible() {
        return status != Status.FAIL;
    }

    /// Whether its caller was told that it is done.
    public boolean isOk() {
        return status == Status.OK;
    }
}
