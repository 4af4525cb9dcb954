package io.gavel.server.api;

import io.gavel.protocol.v1.Error;
import org.jspecify.annotations.Nullable;

/// The answer to a read point request.
@FunctionalInterface
public interface ReadDone {
    /// `null`: whatever is read from the state machine from now on is linearizable with respect to the request.
    void done(@Nullable Error error);
}
