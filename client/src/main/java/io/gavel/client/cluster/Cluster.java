package io.gavel.client.cluster;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The operators' view. A step that would be unsafe is refused with the reason. */
public interface Cluster {
    /**
     * Every member as the answering one can reach it; needs no quorum, so a member that was cut off or removed answers
     * with what it last knew.
     */
    ClusterStatus status();

    /** As {@link #status()}, as a future. */
    CompletableFuture<ClusterStatus> statusAsync();

    /** The view of one member, by its {@code host:port}; needs no quorum. */
    MemberStatus status(String endpoint);

    /** As {@link #status(String)}, as a future. */
    CompletableFuture<MemberStatus> statusAsync(String endpoint);

    /** The members of the present configuration; linearizable, so it needs a quorum. */
    List<MemberStatus> members();

    /** As {@link #members}, as a future. */
    CompletableFuture<List<MemberStatus>> membersAsync();

    /**
     * Adds a member that receives the log but has no vote.
     *
     * @param uuid printed by the new member's server while it waits to be added
     */
    List<MemberStatus> addLearner(int memberId, String uuid, String peerEndpoint);

    /** As {@link #addLearner}, as a future. */
    CompletableFuture<List<MemberStatus>> addLearnerAsync(int memberId, String uuid, String peerEndpoint);

    /** Gives a learner a vote. */
    List<MemberStatus> promote(int memberId);

    /** As {@link #promote}, as a future. */
    CompletableFuture<List<MemberStatus>> promoteAsync(int memberId);

    /** Removes a member. */
    List<MemberStatus> remove(int memberId);

    /** As {@link #remove}, as a future. */
    CompletableFuture<List<MemberStatus>> removeAsync(int memberId);

    /** Puts a learner in the place of a voter, in one step. */
    List<MemberStatus> replace(int outgoing, int learner);

    /** As {@link #replace}, as a future. */
    CompletableFuture<List<MemberStatus>> replaceAsync(int outgoing, int learner);

    /**
     * Makes another member the leader; 0 = the one best placed.
     *
     * @return who leads afterwards
     */
    int transferLeadership(int toMember);

    /** As {@link #transferLeadership}, as a future. */
    CompletableFuture<Integer> transferLeadershipAsync(int toMember);

    /**
     * Writes a consistent snapshot to {@code out}, with everything acknowledged before the call; it blocks, and may
     * take longer than a call's deadline.
     *
     * <p>When no member can confirm that, because a majority is lost, the newest state that any of them has is written,
     * and {@link SnapshotHeader#confirmed} is false.
     */
    SnapshotHeader saveSnapshot(OutputStream out) throws IOException;
}
