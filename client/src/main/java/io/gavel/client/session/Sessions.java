package io.gavel.client.session;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** This client's sessions, and all of the cluster. */
public interface Sessions {
    /** The session that this client's calls belong to now; opens one if there is none. After an expiry, a new one. */
    Session current();

    /** As {@link #current}, as a future. */
    CompletableFuture<Session> currentAsync();

    /**
     * Opens a further session; use it through {@code GavelClient.withSession}. One that turns out to have opened after
     * this failed is closed.
     *
     * @param ttl 1 second to 24 hours
     */
    Session open(Duration ttl);

    /** As {@link #open}; a session that opens after {@code cancel} is closed. */
    CompletableFuture<Session> openAsync(Duration ttl);

    /** The first {@code limit} sessions of the cluster with ids greater than {@code after}. */
    List<SessionStatus> list(long after, int limit);

    /** As {@link #list}, as a future. */
    CompletableFuture<List<SessionStatus>> listAsync(long after, int limit);

    /** A session of the cluster. */
    Optional<SessionStatus> describe(long sessionId);

    /** As {@link #describe}, as a future. */
    CompletableFuture<Optional<SessionStatus>> describeAsync(long sessionId);

    /**
     * Ends a session of the cluster. Its locks are granted to others once its client must have noticed, unless
     * {@code now}.
     */
    void evict(long sessionId, boolean now);

    /** As {@link #evict}, as a future. */
    CompletableFuture<Void> evictAsync(long sessionId, boolean now);
}
