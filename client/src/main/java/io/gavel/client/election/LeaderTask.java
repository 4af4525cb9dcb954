package io.gavel.client.election;

/** What a leader does. */
@FunctionalInterface
public interface LeaderTask {
    /** Leads until it returns, throws, or is interrupted because the leadership was lost or the runner closed. */
    void lead(Leadership leadership) throws Exception;
}
