package io.gavel.raft.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Every configuration of up to five voters, joint or not, with every assignment of small values, against an oracle
/// that asks the question directly: the largest value such that most voters of each set have reached it.
class JointQuorumTest {
    private static final int MAX_NODES = 5;
    private static final int VALUES = 3;

    @Test
    void agreesWithADirectCountForEveryConfiguration() {
        int checked = 0;
        for (int voters = 1; voters < 1 << MAX_NODES; voters++) {
            for (int outgoing = 0; outgoing < 1 << MAX_NODES; outgoing++) {
                Configuration configuration = new Configuration(members(voters), members(outgoing), List.of());
                for (int assignment = 0; assignment < 243; assignment++) {
                    int[] reached = digits(assignment);
                    assertThat(JointQuorum.agreed(configuration, id -> reached[id.value() - 1]))
                            .as("%s with %s", configuration, reached)
                            .isEqualTo(oracle(voters, outgoing, reached));
                    checked++;
                }
            }
        }
        assertThat(checked).isEqualTo(31 * 32 * 243);
    }

    @Test
    void decidesVotesAsADirectCountDoes() {
        for (int voters = 1; voters < 1 << MAX_NODES; voters++) {
            for (int outgoing = 0; outgoing < 1 << MAX_NODES; outgoing++) {
                Configuration configuration = new Configuration(members(voters), members(outgoing), List.of());
                for (int assignment = 0; assignment < 243; assignment++) {
                    int[] answers = digits(assignment);
                    VoteTally tally = new VoteTally();
                    for (int i = 0; i < MAX_NODES; i++) {
                        if (answers[i] > 0) {
                            tally.record(new NodeId(i + 1), answers[i] == 2);
                        }
                    }
                    assertThat(tally.outcome(configuration))
                            .as("%s with %s", configuration, answers)
                            .isEqualTo(oracleOutcome(voters, outgoing, answers));
                }
            }
        }
    }

    @Test
    void nobodyAgreesOnAnything() {
        assertThat(JointQuorum.agreed(Configuration.EMPTY, _ -> 9)).isEqualTo(JointQuorum.NOTHING);
    }

    private static long oracle(int voters, int outgoing, int[] reached) {
        long best = 0;
        for (int value = 0; value < VALUES; value++) {
            boolean agreed =
                    isMajority(voters, reached, value) && (outgoing == 0 || isMajority(outgoing, reached, value));
            best = agreed ? value : best;
        }
        return best;
    }

    private static VoteTally.Outcome oracleOutcome(int voters, int outgoing, int[] answers) {
        int[] hopeful = new int[MAX_NODES];
        for (int i = 0; i < MAX_NODES; i++) {
            hopeful[i] = answers[i] == 1 ? 0 : 2;
        }
        boolean won = isMajority(voters, answers, 2) && (outgoing == 0 || isMajority(outgoing, answers, 2));
        boolean possible = isMajority(voters, hopeful, 2) && (outgoing == 0 || isMajority(outgoing, hopeful, 2));
        if (won) {
            return VoteTally.Outcome.WON;
        }
        return possible ? VoteTally.Outcome.PENDING : VoteTally.Outcome.LOST;
    }

    private static boolean isMajority(int set, int[] reached, int value) {
        int size = 0;
        int holding = 0;
        for (int i = 0; i < MAX_NODES; i++) {
            if ((set >> i & 1) == 1) {
                size++;
                holding += reached[i] >= value ? 1 : 0;
            }
        }
        return 2 * holding > size;
    }

    private static int[] digits(int number) {
        int[] digits = new int[MAX_NODES];
        for (int i = 0; i < MAX_NODES; i++) {
            digits[i] = number % VALUES;
            number /= VALUES;
        }
        return digits;
    }

    private static List<Member> members(int set) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < MAX_NODES; i++) {
            if ((set >> i & 1) == 1) {
                members.add(new Member(new NodeId(i + 1), new MemberUuid(0, i + 1), "m" + (i + 1)));
            }
        }
        return members;
    }
}
