package io.gavel.server.leader;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.state.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Weighs the digests that members report of their state at checkpoints (rule 31).
///
/// A digest is agreed on when a majority of voters reports it, in a joint configuration a majority of both
/// halves. What a voter did not report is not compared, and neither are digests of different versions:
/// neither ever counts as equal. Confined to the consensus agent.
final class DigestTally {
    /// Reports on more checkpoints than this are not kept; the oldest go first.
    static final int KEPT_CHECKPOINTS = 64;

    /// Voters hold different states, and none of these states has a majority.
    record Dispute(long index, List<NodeId> members) {
        @Override
        public String toString() {
            return "members " + members + " hold different states at index " + index
                    + ", and no majority of voters agrees on one";
        }
    }

    private final TreeMap<Long, Map<NodeId, Checkpoint>> reports = new TreeMap<>();

    void clear() {
        reports.clear();
    }

    boolean isEmpty() {
        return reports.isEmpty();
    }

    /// Notes a report; a later one of the same member on the same index replaces it.
    void add(NodeId member, Checkpoint checkpoint) {
        reports.computeIfAbsent(checkpoint.index(), _ -> new TreeMap<>()).put(member, checkpoint);
        if (reports.size() > KEPT_CHECKPOINTS) {
            reports.pollFirstEntry();
        }
    }

    /// Forgets what the member reported.
    void forget(NodeId member) {
        reports.values().forEach(of -> of.remove(member));
        reports.values().removeIf(Map::isEmpty);
    }

    /// Forgets what the log has decided.
    void settle(long agreedIndex) {
        reports.headMap(agreedIndex, true).clear();
    }

    /// The newest checkpoint that a majority agrees on; null = there is none.
    @Nullable
    Checkpoint agreed(Configuration configuration) {
        for (Map<NodeId, Checkpoint> of : reports.descendingMap().values()) {
            Checkpoint agreed = agreed(configuration, of);
            if (agreed != null) {
                return agreed;
            }
        }
        return null;
    }

    /// The oldest open checkpoint at which voters differ and no later agreement settles it; null = there is
    /// none.
    ///
    /// Agreement at a later checkpoint settles all before it, because a digest covers the whole state.
    @Nullable
    Dispute dispute(Configuration configuration) {
        Dispute oldest = null;
        for (Map.Entry<Long, Map<NodeId, Checkpoint>> at :
                reports.descendingMap().entrySet()) {
            if (agreed(configuration, at.getValue()) != null) {
                return oldest;
            }
            List<NodeId> differing = differing(configuration, at.getValue());
            if (!differing.isEmpty()) {
                oldest = new Dispute(at.getKey(), differing);
            }
        }
        return oldest;
    }

    private static @Nullable Checkpoint agreed(Configuration configuration, Map<NodeId, Checkpoint> reports) {
        for (Checkpoint candidate : reports.values()) {
            boolean outgoingAgree =
                    !configuration.isJoint() || isMajority(configuration.outgoingVoters(), reports, candidate);
            if (isMajority(configuration.voters(), reports, candidate) && outgoingAgree) {
                return candidate;
            }
        }
        return null;
    }

    private static boolean isMajority(List<Member> voters, Map<NodeId, Checkpoint> reports, Checkpoint candidate) {
        int same = 0;
        for (Member voter : voters) {
            if (candidate.equals(reports.get(voter.id()))) {
                same++;
            }
        }
        return same > voters.size() / 2;
    }

    /// The voters that reported, when at least two of them contradict each other.
    private static List<NodeId> differing(Configuration configuration, Map<NodeId, Checkpoint> reports) {
        List<NodeId> compared = new ArrayList<>();
        boolean differ = false;
        for (Member voter : configuration.allVoters()) {
            Checkpoint reported = reports.get(voter.id());
            if (reported != null) {
                for (NodeId other : compared) {
                    Checkpoint earlier = reports.get(other);
                    differ |= earlier != null
                            && earlier.digestVersion() == reported.digestVersion()
                            && !earlier.digest().equals(reported.digest());
                }
                compared.add(voter.id());
            }
        }
        return differ ? List.copyOf(compared) : List.of();
    }
}
