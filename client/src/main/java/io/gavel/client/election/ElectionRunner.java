package io.gavel.client.election;

import java.time.Duration;

/** A candidacy that runs for ever. */
public interface ElectionRunner extends AutoCloseable {
    /** Whether it surely leads now. */
    boolean isLeader();

    /** Gives the leadership up, if it has it, and does not campaign for this long. */
    void stepDown(Duration standDownFor);

    /**
     * Stops the candidacy: the task is interrupted, the leadership given back once it has ended. Waits for that at most
     * ten seconds. Idempotent. From within the task it does not wait.
     */
    @Override
    void close();
}
