package io.gavel.raft.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigurationChangeTest {
    private static final Configuration THREE_AND_LEARNER = new Configuration(members(1, 2, 3), List.of(), members(4));

    private static List<Member> members(int... ids) {
        return Arrays.stream(ids)
                .mapToObj(id -> new Member(new NodeId(id), new MemberUuid(0, id), "m" + id))
                .toList();
    }

    private static NodeId id(int value) {
        return new NodeId(value);
    }

    @Test
    void aVoterChangeIsJointAndKeepsTheOldVoters() {
        Configuration joint = new ConfigurationChange.Replace(id(2), id(4)).enter(THREE_AND_LEARNER);

        assertThat(joint).isEqualTo(new Configuration(members(1, 3, 4), members(1, 2, 3), List.of()));
        assertThat(ConfigurationChange.leave(joint)).isEqualTo(Configuration.of(members(1, 3, 4)));
    }

    @Test
    void aLearnerChangeIsNotJoint() {
        Configuration added = new ConfigurationChange.AddLearner(members(5).getFirst()).enter(THREE_AND_LEARNER);
        Configuration removed = new ConfigurationChange.Remove(id(4)).enter(THREE_AND_LEARNER);

        assertThat(added.isJoint()).isFalse();
        assertThat(added.isLearner(id(5))).isTrue();
        assertThat(removed).isEqualTo(Configuration.of(members(1, 2, 3)));
    }

    @Test
    void aStepThatCannotBeTakenSaysWhy() {
        Configuration joint = new Configuration(members(1, 2), members(1, 2, 3), List.of());
        assertThat(new ConfigurationChange.Remove(id(1)).refusal(joint)).isEqualTo("a change is still joint");
        assertThat(new ConfigurationChange.Remove(id(9)).refusal(THREE_AND_LEARNER))
                .isEqualTo("member 9 is not listed");
        assertThat(new ConfigurationChange.Promote(id(1)).refusal(THREE_AND_LEARNER))
                .isEqualTo("member 1 is not a learner");
        assertThat(new ConfigurationChange.Remove(id(1)).refusal(Configuration.of(members(1))))
                .isEqualTo("member 1 is the last voter");
    }

    @Test
    void contradictoryMemberSetsAreRefused() {
        assertThatThrownBy(() -> Configuration.of(members(1, 1))).hasMessageContaining("appears twice");
        assertThatThrownBy(() -> new Configuration(members(1), List.of(), members(1)))
                .hasMessageContaining("both learner and voter");
        assertThatThrownBy(() -> new Configuration(List.of(), members(1), List.of()))
                .hasMessageContaining("outgoing voters without voters");
    }

    @Test
    void theNewestConfigurationActsAndItsPredecessorReturns() {
        ConfigurationHistory history = new ConfigurationHistory(0, Configuration.of(members(1)));
        history.append(5, Configuration.of(members(1, 2)));
        history.append(7, Configuration.of(members(1, 2, 3)));
        assertThat(history.newest().voters()).hasSize(3);

        assertThat(history.truncateFrom(6)).isTrue();

        assertThat(history.newestIndex()).isEqualTo(5);
        assertThat(history.newestIsCommitted()).isFalse();
        history.commitThrough(5, (configuration, index) -> assertThat(index).isEqualTo(5));
        assertThat(history.newestIsCommitted()).isTrue();
        assertThatThrownBy(() -> history.truncateFrom(5)).isInstanceOf(Error.class);
    }
}
