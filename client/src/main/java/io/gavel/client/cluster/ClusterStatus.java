package io.gavel.client.cluster;

import io.gavel.client.Bytes;
import java.util.List;

/**
 * The cluster as one member sees it.
 *
 * @param leader 0 = none known
 * @param changingMembership a membership change is under way
 */
public record ClusterStatus(
        Bytes clusterId,
        int leader,
        long term,
        long revision,
        List<MemberStatus> members,
        boolean changingMembership) {}
