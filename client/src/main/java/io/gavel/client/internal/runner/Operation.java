package io.gavel.client.internal.runner;

import io.gavel.client.internal.port.Completion;

/** Something to start on the owner's thread. */
@FunctionalInterface
public interface Operation<T> {
    /** Starts it; {@code deadline} by the monotonic clock. */
    void start(long deadline, Completion<T> completion);
}
