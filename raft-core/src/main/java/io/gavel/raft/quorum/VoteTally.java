package io.gavel.raft.quorum;

import java.util.List;
import java.util.TreeMap;

/// The answers to one campaign or pre-vote. A voter's first answer stands.
public final class VoteTally {
    /// Where a campaign stands; joint configurations need both sets to win and one set to lose.
    public enum Outcome {
        PENDING,
        WON,
        LOST
    }

    private final TreeMap<NodeId, Boolean> answers = new TreeMap<>();

    /// Counts the voter's answer unless it gave one before.
    public void record(NodeId voter, boolean granted) {
        answers.putIfAbsent(voter, granted);
    }

    /// What the answers so far decide under `configuration`, and cannot undecide.
    public Outcome outcome(Configuration configuration) {
        Outcome incoming = outcome(configuration.voters());
        if (!configuration.isJoint() || incoming == Outcome.LOST) {
            return incoming;
        }
        Outcome outgoing = outcome(configuration.outgoingVoters());
        return outgoing == Outcome.WON ? incoming : outgoing;
    }

    private Outcome outcome(List<Member> voters) {
        int granted = 0;
        int rejected = 0;
        for (Member voter : voters) {
            Boolean answer = answers.get(voter.id());
            if (answer != null && answer) {
                granted++;
            } else if (answer != null) {
                rejected++;
            }
        }
        int majority = JointQuorum.majority(voters.size());
        if (granted >= majority) {
            return Outcome.WON;
        }
        return voters.size() - rejected < majority ? Outcome.LOST : Outcome.PENDING;
    }
}
