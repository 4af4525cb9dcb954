package io.gavel.faults.sim.check;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.server.storage.PeerBoot;
import java.util.TreeMap;

/// Which starts of each other the members remember durably (rule 21).
public final class KnownStarts {
    private final TreeMap<Integer, TreeMap<String, Long>> known = new TreeMap<>();

    /// The member remembers this start of another one durably.
    public void onRecorded(int node, PeerBoot peer) {
        known.computeIfAbsent(node, _ -> new TreeMap<>()).merge(peer.uuid().toString(), peer.bootCount(), Math::max);
    }

    /// The member's disk is no witness any more.
    public void onDamage(int node) {
        known.remove(node);
    }

    /// Whether all other voters have heard of this start of the member, or a later one.
    public boolean allKnow(Member member, long bootCount, Configuration configuration) {
        for (Member voter : configuration.voters()) {
            var starts = known.getOrDefault(voter.id().value(), new TreeMap<>());
            if (!voter.id().equals(member.id())
                    && starts.getOrDefault(member.uuid().toString(), 0L) < bootCount) {
                return false;
            }
        }
        return !configuration.isJoint();
    }
}
