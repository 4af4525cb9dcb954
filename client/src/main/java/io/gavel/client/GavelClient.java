package io.gavel.client;

import io.gavel.client.cluster.Cluster;
import io.gavel.client.config.ConfigStore;
import io.gavel.client.election.Elections;
import io.gavel.client.error.Outcome;
import io.gavel.client.error.RequestId;
import io.gavel.client.kv.KeyValue;
import io.gavel.client.lock.Locks;
import io.gavel.client.session.Session;
import io.gavel.client.session.Sessions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A connection to a Gavel cluster.
 *
 * <p>Safe for any number of threads. One thread of its own does all the work; callbacks and dependents of futures run
 * elsewhere and may block. Every call has a deadline. A call that changes something is executed exactly once however
 * often it had to be sent; a failed one says whether it took effect ({@code GavelException.outcome()}).
 */
public interface GavelClient extends AutoCloseable {
    /** Starts to describe a client. */
    static GavelClientBuilder builder() {
        return new GavelClientBuilder();
    }

    /** A client with default settings, for {@code host:port} endpoints of any members. */
    static GavelClient connect(String... endpoints) {
        return builder().endpoints(endpoints).build();
    }

    /** Keys, values and transactions. */
    KeyValue kv();

    /** Locks, read-write locks and semaphores. */
    Locks locks();

    /** Leader elections. */
    Elections elections();

    /** Versioned configuration. */
    ConfigStore config();

    /** This client's session, further ones, and all sessions of the cluster. */
    Sessions sessions();

    /** The operators' view: status, membership, leadership, snapshots. */
    Cluster cluster();

    /** A cheap view whose calls have this deadline; closing a view closes nothing. */
    GavelClient withDeadline(Duration perCall);

    /** A cheap view whose calls belong to {@code session}, which must be of this client; closing it closes nothing. */
    GavelClient withSession(Session session);

    /** How this client stands to the cluster now. */
    ConnectionState connectionState();

    /** Tells every later change of {@link #connectionState()}, in order. */
    Registration onConnectionState(Consumer<ConnectionEvent> listener);

    /**
     * What became of a request whose outcome was unknown; completes when it is decided, which the client goes on
     * trying to find out. {@code UNKNOWN} if its session ended first, or if the request was forgotten: the last 1,024
     * of a session are remembered.
     */
    CompletableFuture<Outcome> outcomeOf(RequestId request);

    /**
     * Ends the candidacies that run for ever, then gives back grants, ends the sessions, also one that is being opened,
     * and lets go of the cluster. Idempotent.
     *
     * <p>Tasks that lead are interrupted, and keep their leadership until they have ended, ten seconds at most: after
     * that another may lead beside one that goes on. The rest takes at most two seconds. From within such a task it
     * does not wait for that task, which leads no more.
     */
    @Override
    void close();
}
