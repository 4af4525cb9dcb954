package io.gavel.client.election;

import io.gavel.client.Registration;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** A candidacy that runs for ever, and says whether it leads. */
public interface LeaderLatch extends AutoCloseable {
    /** Whether it surely leads now. */
    boolean hasLeadership();

    /** The leadership, while it has it. Whoever resigns it campaigns again, after a back-off if the term was short. */
    Optional<Leadership> leadership();

    /** Waits until it leads; false = not in time, or it was closed. */
    boolean await(Duration wait) throws InterruptedException;

    /**
     * Tells every change, in order, first how it stands if it leads; may block. {@code LOST} follows only on
     * {@code LEADING} or {@code SUSPECT}.
     */
    Registration onChange(Consumer<LatchState> listener);

    /** Gives the leadership back and stops the candidacy; listeners are told {@code LOST} if it led. Idempotent. */
    @Override
    void close();
}
