package io.gavel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.node.Founding.Decision;
import io.gavel.server.peer.v1.Candidacy;
import io.gavel.server.peer.v1.Formed;
import io.gavel.server.peer.v1.ProbeReply;
import io.gavel.server.peer.v1.Uuid;
import io.gavel.server.storage.ClusterId;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Rule 20: who may found a cluster, and who must not.
final class FoundingTest {
    private static final NodeId SELF = new NodeId(2);
    private static final Charter OWN = new Charter(new MemberUuid(2, 2), new ClusterId(22, 22), 222, null);

    private final SortedMap<NodeId, @Nullable ProbeReply> answers = new TreeMap<>();

    private static Member member(int id) {
        return new Member(new NodeId(id), new MemberUuid(id, id), "localhost:" + id);
    }

    private static Uuid uuid(long half) {
        return Uuid.newBuilder().setHigh(half).setLow(half).build();
    }

    private static ProbeReply none(int id) {
        return ProbeReply.newBuilder()
                .setNone(Candidacy.newBuilder()
                        .setUuid(uuid(id))
                        .setClusterId(uuid(11L * id))
                        .setIncarnation(111L * id)
                        .setPeerAddress("localhost:" + id))
                .build();
    }

    private static Formed formed(Configuration first, Configuration current) {
        return Formed.newBuilder()
                .setClusterId(uuid(7))
                .setIncarnation(77)
                .setConfiguration(ByteString.copyFrom(ConfigurationCodec.encode(first)))
                .setCurrentConfiguration(ByteString.copyFrom(ConfigurationCodec.encode(current)))
                .build();
    }

    private static ProbeReply initialised(Configuration first, Configuration current) {
        return ProbeReply.newBuilder().setInitialised(formed(first, current)).build();
    }

    private Decision decide() {
        return Founding.decide(SELF, "localhost:2", OWN, answers);
    }

    @Test
    void foundsOnlyWhenEveryListedMemberAnsweredThatItHasNoIdentity() {
        answers.put(new NodeId(1), none(1));
        answers.put(new NodeId(3), null);
        assertThat(decide()).isEqualTo(new Decision.Wait(List.of(new NodeId(3))));

        answers.put(new NodeId(3), none(3));

        assertThat(decide())
                .isEqualTo(new Decision.Found(
                        new ClusterId(11, 11), 111, Configuration.of(List.of(member(1), member(2), member(3)))));
    }

    @Test
    void anEmptyAnswerIsNoAnswer() {
        answers.put(new NodeId(1), ProbeReply.getDefaultInstance());
        assertThat(decide()).isInstanceOf(Decision.Wait.class);
    }

    @Test
    void theLowestFounderGivesTheCluster() {
        answers.put(new NodeId(3), none(3));
        assertThat(decide())
                .isEqualTo(new Decision.Found(
                        new ClusterId(22, 22), 222, Configuration.of(List.of(member(2), member(3)))));
    }

    @Test
    void aClusterThatIsBeingFoundedIsAdoptedWhoeverElseIsMissing() {
        Configuration first = Configuration.of(List.of(member(1), member(2), member(3)));
        answers.put(
                new NodeId(1),
                ProbeReply.newBuilder().setUninitialised(formed(first, first)).build());
        answers.put(new NodeId(3), null);
        assertThat(decide()).isEqualTo(new Decision.Found(new ClusterId(7, 7), 77, first));
    }

    @Test
    void anEmptiedDiskDoesNotComeBackUnderItsOldIdentity() {
        Member earlierLife = new Member(SELF, new MemberUuid(99, 99), "localhost:2");
        Configuration first = Configuration.of(List.of(member(1), earlierLife, member(3)));
        answers.put(new NodeId(1), initialised(first, first));
        answers.put(new NodeId(3), none(3));

        assertThat(decide())
                .isInstanceOfSatisfying(
                        Decision.Refuse.class,
                        refused -> assertThat(refused.reason())
                                .contains("gavel member replace")
                                .contains(earlierLife.uuid().toString()));
    }

    @Test
    void aMemberThatIsNotListedYetWaitsToBeAdded() {
        Configuration others = Configuration.of(List.of(member(1), member(3)));
        answers.put(new NodeId(1), initialised(others, others));
        assertThat(decide()).isEqualTo(new Decision.Join(new ClusterId(7, 7), 77));
    }

    @Test
    void aMemberThatWasAddedLaterJoinsInsteadOfFounding() {
        Configuration first = Configuration.of(List.of(member(1), member(3)));
        Configuration current = Configuration.of(List.of(member(1), member(2), member(3)));
        answers.put(new NodeId(1), initialised(first, current));
        assertThat(decide()).isEqualTo(new Decision.Join(new ClusterId(7, 7), 77));
    }

    @Test
    void anInitialisedAnswerOutweighsAnUninitialisedOne() {
        Configuration stale = Configuration.of(List.of(member(1), member(2)));
        Member earlierLife = new Member(SELF, new MemberUuid(99, 99), "localhost:2");
        Configuration now = Configuration.of(List.of(member(1), earlierLife));
        answers.put(
                new NodeId(1),
                ProbeReply.newBuilder().setUninitialised(formed(stale, stale)).build());
        answers.put(new NodeId(3), initialised(now, now));
        assertThat(decide()).isInstanceOf(Decision.Refuse.class);
    }
}
