package io.gavel.server.leader;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import java.util.List;
import java.util.TreeSet;

/// Which members have less free disk space than their reserve, and what follows for growth (rule 26).
///
/// Growth needs room on the leader and on a majority of voters. One follower without room does not stop the
/// others: it waits for space and catches up. A leader without room refuses until another member took over.
/// Confined to the consensus agent.
final class SpaceTally {
    private final TreeSet<NodeId> withoutRoom = new TreeSet<>();

    void clear() {
        withoutRoom.clear();
    }

    /// Notes what a member says of its disk.
    void report(NodeId member, boolean isShort) {
        if (isShort) {
            withoutRoom.add(member);
        } else {
            withoutRoom.remove(member);
        }
    }

    /// Forgets what the member said.
    void forget(NodeId member) {
        withoutRoom.remove(member);
    }

    boolean hasRoom(NodeId member) {
        return !withoutRoom.contains(member);
    }

    /// Whether so many voters lack room that nothing may grow, whoever leads.
    boolean isMajorityShort(Configuration configuration) {
        return !withoutRoom.isEmpty()
                && (isMajorityShort(configuration.voters())
                        || (configuration.isJoint() && isMajorityShort(configuration.outgoingVoters())));
    }

    private boolean isMajorityShort(List<Member> voters) {
        long roomy = voters.stream().filter(voter -> hasRoom(voter.id())).count();
        return roomy <= voters.size() / 2;
    }
}
