package io.gavel.client.election;

/** What a leader does. */
@FunctionalInterface
public interface LeaderTask {
    /**
     * Leads until it returns, throws, or is interrupted because the leadership was lost or the runner closed. A task
     * that returns or throws soon after its election is elected again after a back-off.
     */
    void lead(Leadership leadership) throws Exception;
}
