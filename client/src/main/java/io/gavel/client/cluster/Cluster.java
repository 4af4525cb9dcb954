package io.gavel.client.cluster;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** The operators' view. A step that would be unsafe is refused with the reason. */
public interface Cluster {
    /** Every member as the answering one can reach it. */
    ClusterStatus status();

    /** The view of one member, by its {@code host:port}; needs no quorum. */
    MemberStatus status(String endpoint);

    /** The members of the present configuration. */
    List<MemberStatus> members();

    /**
     * Adds a member that receives the log but has no vote.
     *
     * @param uuid printed by the new member's server while it waits to be added
     */
    List<MemberStatus> addLearner(int memberId, String uuid, String peerEndpoint);

    /** Gives a learner a vote. */
    List<MemberStatus> promote(int memberId);

    /** Removes a member. */
    List<MemberStatus> remove(int memberId);

    /** Puts a learner in the place of a voter, in one step. */
    List<MemberStatus> replace(int outgoing, int learner);

    /**
     * Makes another member the leader; 0 = the one best placed.
     *
     * @return who leads afterwards
     */
    int transferLeadership(int toMember);

    /** Writes a consistent snapshot to {@code out}; it may take longer than a call's deadline. */
    SnapshotHeader saveSnapshot(OutputStream out) throws IOException;
}
