package io.gavel.client.cluster;

import io.gavel.client.Bytes;
import java.util.List;

/**
 * One member.
 *
 * @param role leader, follower, candidate or learner
 * @param reachable whether the answering member can reach it; if not, its counters are 0
 * @param leader whom it takes for the leader; 0 = nobody
 * @param checkpoints state digests at fixed indices, newest last
 */
public record MemberStatus(
        int id,
        String uuid,
        String clientEndpoint,
        String peerEndpoint,
        String role,
        boolean reachable,
        long term,
        int leader,
        long commitIndex,
        long lastApplied,
        long revision,
        List<Checkpoint> checkpoints,
        String version) {
    /** The digest of the state at an index. */
    public record Checkpoint(long index, int digestVersion, Bytes digest) {}
}
