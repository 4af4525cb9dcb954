package io.gavel.client.session;

import io.gavel.client.Registration;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Owns locks, candidacies and ephemeral keys; renewed by itself until it is closed or expires. */
public interface Session extends AutoCloseable {
    /** Its id. Never used again for another session. */
    long id();

    /** How long it outlives its last renewal. */
    Duration ttl();

    /** How it stands now, by this client's clock. */
    SessionState state();

    /** How long it surely lives without another renewal; zero when it is over. */
    Duration safeFor();

    /** Tells every later change, in order; may block. */
    Registration onState(Consumer<SessionState> listener);

    /** Completes with {@code EXPIRED} or {@code CLOSED} when it is over. */
    CompletionStage<SessionState> ended();

    /**
     * Ends it: gives grants back, removes candidacies and ephemeral keys. Waits at most two seconds. Idempotent.
     *
     * <p>It does not wait for a task that leads in it: that is interrupted, and another may lead before it has ended.
     * Close its {@code ElectionRunner} first.
     */
    @Override
    void close();

    /** As {@link #close}, as a future. */
    CompletableFuture<Void> closeAsync();
}
