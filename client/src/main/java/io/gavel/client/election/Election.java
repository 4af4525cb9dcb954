package io.gavel.client.election;

import io.gavel.client.watch.Watch;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One election: candidates queue in the order in which the cluster recorded them, the first one leads. */
public interface Election {
    /** The election's name. */
    String name();

    /** Waits to lead, at most as long as the session lives; an interrupt leaves the queue. */
    Leadership campaign(String proposal) throws InterruptedException;

    /** Waits to lead, at most {@code wait}; empty = not in time. */
    Optional<Leadership> campaign(String proposal, Duration wait) throws InterruptedException;

    /** Waits to lead; {@code cancel} leaves the queue. */
    CompletableFuture<Leadership> campaignAsync(String proposal);

    /** Waits to lead, at most {@code wait}; empty = not in time; {@code cancel} leaves the queue. */
    CompletableFuture<Optional<Leadership>> campaignAsync(String proposal, Duration wait);

    /**
     * Campaigns for ever: whenever this candidate is elected, {@code task} runs on a thread of its own, which is
     * interrupted on loss and has ended before the next campaign begins. The leadership is given back when the task
     * returns or throws, and the next campaign begins at once; after a term shorter than the client's
     * {@code RetryPolicy.maxBackoff} it waits, as that policy says, the longer the more of them there were in a row.
     */
    ElectionRunner run(String proposal, LeaderTask task);

    /** Campaigns for ever and says whether it leads. */
    LeaderLatch latch(String proposal);

    /** Who leads now, linearizably. */
    Optional<Leader> leader();

    /** As {@link #leader}, as a future. */
    CompletableFuture<Optional<Leader>> leaderAsync();

    /** Who leads and who waits, linearizably. */
    ElectionStatus describe();

    /** As {@link #describe}, as a future. */
    CompletableFuture<ElectionStatus> describeAsync();

    /** The leader first, then every change in order. */
    Watch<LeaderChange> observe();

    /**
     * Makes a waiting candidate the leader. The change waits until the present leader must have noticed, unless
     * {@code now}; then it may still believe for a while that it leads.
     */
    void transfer(long toSession, boolean now);

    /** As {@link #transfer}, as a future. */
    CompletableFuture<Void> transferAsync(long toSession, boolean now);
}
