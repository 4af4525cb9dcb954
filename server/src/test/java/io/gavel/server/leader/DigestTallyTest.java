package io.gavel.server.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.state.Checkpoint;
import io.gavel.server.state.table.DigestValue;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Rule 31: what is agreed, what is disputed, what is merely not compared.
final class DigestTallyTest {
    private final DigestTally tally = new DigestTally();

    static Member member(int id) {
        return new Member(new NodeId(id), new MemberUuid(0, id), "localhost:" + id);
    }

    static Configuration voters(int count) {
        return Configuration.of(IntStream.rangeClosed(1, count)
                .mapToObj(DigestTallyTest::member)
                .toList());
    }

    static Checkpoint at(long index, long digest) {
        return new Checkpoint(index, 1, new DigestValue(0, digest));
    }

    private void reports(int member, Checkpoint checkpoint) {
        tally.add(new NodeId(member), checkpoint);
    }

    @Test
    void aMajorityAgreesWhateverTheThirdHolds() {
        reports(1, at(1_024, 7));
        reports(2, at(1_024, 8));
        reports(3, at(1_024, 8));

        assertThat(tally.agreed(voters(3))).isEqualTo(at(1_024, 8));
        assertThat(tally.dispute(voters(3))).isNull();
    }

    @Test
    void whatIsMissingIsNotCompared() {
        reports(1, at(1_024, 7));

        assertThat(tally.agreed(voters(3))).isNull();
        assertThat(tally.dispute(voters(3))).isNull();
    }

    @Test
    void twoThatDifferAreADisputeUntilTheThirdDecides() {
        reports(1, at(1_024, 7));
        reports(2, at(1_024, 8));

        DigestTally.Dispute dispute = Objects.requireNonNull(tally.dispute(voters(3)));
        assertThat(dispute.index()).isEqualTo(1_024);
        assertThat(dispute.members()).containsExactly(new NodeId(1), new NodeId(2));

        reports(3, at(1_024, 7));
        assertThat(tally.dispute(voters(3))).isNull();
    }

    @Test
    void threeThatDifferAreADisputeThatOnlyAnOperatorEnds() {
        reports(1, at(1_024, 7));
        reports(2, at(1_024, 8));
        reports(3, at(1_024, 9));

        assertThat(tally.agreed(voters(3))).isNull();
        assertThat(tally.dispute(voters(3))).isNotNull();
        assertThat(tally.dispute(voters(2))).as("without the third").isNotNull();
        assertThat(tally.dispute(voters(1))).as("with one left").isNull();
        assertThat(tally.agreed(voters(1))).isEqualTo(at(1_024, 7));
    }

    @Test
    void aLaterAgreementSettlesWhatWasBefore() {
        reports(1, at(1_024, 7));
        reports(2, at(1_024, 8));
        for (int member = 1; member <= 2; member++) {
            reports(member, at(2_048, 9));
        }

        assertThat(tally.dispute(voters(3))).isNull();
        assertThat(tally.agreed(voters(3))).isEqualTo(at(2_048, 9));
    }

    @Test
    void anEarlierAgreementDoesNotSettleWhatCameAfter() {
        for (int member = 1; member <= 2; member++) {
            reports(member, at(1_024, 7));
            reports(member, at(2_048, member));
        }

        assertThat(tally.dispute(voters(3))).isNotNull();
        assertThat(tally.agreed(voters(3))).isEqualTo(at(1_024, 7));
    }

    @Test
    void digestsOfDifferentVersionsAreNotCompared() {
        reports(1, at(1_024, 7));
        reports(2, new Checkpoint(1_024, 2, new DigestValue(0, 8)));

        assertThat(tally.dispute(voters(3))).isNull();
        reports(2, new Checkpoint(1_024, 2, new DigestValue(0, 7)));
        assertThat(tally.agreed(voters(3)))
                .as("equal bytes of another algorithm")
                .isNull();
    }

    @Test
    void aJointConfigurationNeedsBothMajorities() {
        Configuration joint = new Configuration(
                List.of(member(3), member(4), member(5)), voters(3).voters(), List.of());
        reports(1, at(1_024, 7));
        reports(2, at(1_024, 7));
        assertThat(tally.agreed(joint)).isNull();
        reports(3, at(1_024, 7));
        reports(4, at(1_024, 7));
        assertThat(tally.agreed(joint)).isEqualTo(at(1_024, 7));
    }

    @Test
    void aLearnerHasNoSay() {
        Configuration withLearner = new Configuration(voters(3).voters(), List.of(), List.of(member(4)));
        reports(1, at(1_024, 7));
        reports(4, at(1_024, 8));

        assertThat(tally.dispute(withLearner)).isNull();
        reports(4, at(1_024, 7));
        assertThat(tally.agreed(withLearner)).isNull();
    }

    @Test
    void keepsABoundedNumberOfCheckpoints() {
        for (int i = 1; i <= DigestTally.KEPT_CHECKPOINTS + 1; i++) {
            reports(1, at(1_024L * i, i));
            reports(2, at(1_024L * i, -i));
        }
        assertThat(Objects.requireNonNull(tally.dispute(voters(3))).index()).isEqualTo(2_048);

        tally.settle(1_024L * (DigestTally.KEPT_CHECKPOINTS + 1));
        assertThat(tally.dispute(voters(3))).isNull();
    }
}
