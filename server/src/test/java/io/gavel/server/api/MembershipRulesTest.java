package io.gavel.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.AddLearner;
import io.gavel.protocol.v1.ChangeMembershipRequest;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.ReplaceMember;
import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.api.ClusterView.MemberView;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MembershipRulesTest {
    private static final String UUID = "0123456789abcdefFEDCBA9876543210";

    @Test
    void aNewLearnerNeedsAnIdUuidAndAddressOfItsOwn() {
        ClusterView three = cluster(3, 0, 3);

        assertThat(judge(three, add(4, UUID, "h4:1")).change())
                .isEqualTo(new ConfigurationChange.AddLearner(
                        new Member(new NodeId(4), new MemberUuid(0x0123456789abcdefL, 0xfedcba9876543210L), "h4:1")));
        assertThat(reason(three, add(3, UUID, "h4:1"))).contains("member 3").contains("already has");
        assertThat(reason(three, add(4, new MemberUuid(0, 2).toString(), "h4:1")))
                .contains("member 2");
        assertThat(reason(three, add(4, UUID, "h1:1"))).contains("member 1");
        assertThat(field(three, add(0, UUID, "h4:1"))).isEqualTo("add_learner.member_id");
        assertThat(field(three, add(65_536, UUID, "h4:1"))).isEqualTo("add_learner.member_id");
        assertThat(field(three, add(4, UUID.substring(1), "h4:1"))).isEqualTo("add_learner.uuid");
        assertThat(field(three, add(4, "g" + UUID.substring(1), "h4:1"))).isEqualTo("add_learner.uuid");
        assertThat(field(three, add(4, UUID, "h4"))).isEqualTo("add_learner.peer_endpoint");
    }

    @Test
    void aConfigurationThatAJournalCannotHoldIsRefused() {
        assertThat(reason(cluster(30, 1, 31), add(40, UUID, "h40:1"))).isEqualTo("at most 31 members");
        String longAddress = "h".repeat(240) + ":1";
        ClusterView many = cluster(1, 0, 1);
        for (int id = 2; id <= 8; id++) {
            many = withLearner(many, new Member(new NodeId(id), new MemberUuid(0, id), id + longAddress));
        }
        assertThat(reason(many, add(9, UUID, 9 + longAddress)))
                .isEqualTo("the addresses of all members may have 1800 bytes, not 1948");
    }

    private static ClusterView withLearner(ClusterView view, Member learner) {
        List<Member> learners = new ArrayList<>(view.configuration().learners());
        learners.add(learner);
        return new ClusterView(
                view.role(),
                view.term(),
                view.leader(),
                view.leaderEndpoint(),
                0,
                0,
                new Configuration(view.configuration().voters(), List.of(), learners),
                view.members(),
                view.condition());
    }

    @Test
    void onlyAReachableLearnerIsPromoted() {
        ChangeMembershipRequest fourth = request().setPromote(4).build();

        assertThat(judge(cluster(3, 1, 4), fourth).change()).isEqualTo(new ConfigurationChange.Promote(new NodeId(4)));
        assertThat(reason(cluster(3, 1, 3), fourth)).isEqualTo("learner 4 cannot be reached");
        assertThat(reason(cluster(4, 0, 4), fourth)).isEqualTo("member 4 is a voter already");
        assertThat(code(cluster(3, 0, 3), fourth)).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aRemovalMustLeaveAReachableMajority() {
        ChangeMembershipRequest first = request().setRemove(1).build();

        assertThat(judge(cluster(3, 0, 3), first).change()).isEqualTo(new ConfigurationChange.Remove(new NodeId(1)));
        assertThat(reason(cluster(3, 0, 2), first))
                .isEqualTo("only 1 of the 2 voters that would remain can be reached, and 2 are needed");
        assertThat(judge(cluster(3, 0, 2), request().setRemove(3).build()).change())
                .isEqualTo(new ConfigurationChange.Remove(new NodeId(3)));
        assertThat(reason(cluster(1, 0, 1), first)).isEqualTo("member 1 is the last voter");
        assertThat(judge(cluster(1, 1, 1), request().setRemove(2).build()).change())
                .isEqualTo(new ConfigurationChange.Remove(new NodeId(2)));
        assertThat(code(cluster(3, 0, 3), request().setRemove(9).build())).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aReplacementCountsTheLearnerAndNotTheOneThatGoes() {
        ChangeMembershipRequest thirdByFourth = request()
                .setReplace(ReplaceMember.newBuilder().setOutgoing(3).setLearner(4))
                .build();
        ChangeMembershipRequest firstByFourth = request()
                .setReplace(ReplaceMember.newBuilder().setOutgoing(1).setLearner(4))
                .build();

        assertThat(judge(cluster(3, 1, 4), thirdByFourth).change())
                .isEqualTo(new ConfigurationChange.Replace(new NodeId(3), new NodeId(4)));
        assertThat(reason(cluster(3, 1, 3), thirdByFourth)).isEqualTo("learner 4 cannot be reached");
        assertThat(code(cluster(2, 0, 2), thirdByFourth)).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(judge(cluster(3, 1, 4), firstByFourth).refusal()).isNull();
    }

    @Test
    void nothingIsChangedDuringAChange() {
        ClusterView three = cluster(3, 0, 3);
        ClusterView joint = new ClusterView(
                three.role(),
                three.term(),
                three.leader(),
                three.leaderEndpoint(),
                0,
                0,
                new Configuration(
                        three.configuration().voters(), three.configuration().voters(), List.of()),
                three.members(),
                ClusterView.Condition.GOOD);

        assertThat(reason(joint, request().setRemove(3).build())).contains("under way");
        assertThat(field(three, request().build())).isEqualTo("kind");
    }

    /// Voters from 1 on, then learners; the first `reachable` of them can be reached.
    private static ClusterView cluster(int voters, int learners, int reachable) {
        List<Member> all = new ArrayList<>();
        List<MemberView> views = new ArrayList<>();
        for (int id : IntStream.rangeClosed(1, voters + learners).toArray()) {
            Member member = new Member(new NodeId(id), new MemberUuid(0, id), "h" + id + ":1");
            all.add(member);
            views.add(new MemberView(
                    member.id(), member.uuid(), "h" + id + ":0", member.peerAddress(), id <= voters, id <= reachable));
        }
        return new ClusterView(
                RoleName.LEADER,
                1,
                new NodeId(1),
                "h1:0",
                0,
                0,
                new Configuration(all.subList(0, voters), List.of(), all.subList(voters, all.size())),
                views,
                ClusterView.Condition.GOOD);
    }

    private static ChangeMembershipRequest.Builder request() {
        return ChangeMembershipRequest.newBuilder();
    }

    private static ChangeMembershipRequest add(int id, String uuid, String endpoint) {
        return request()
                .setAddLearner(
                        AddLearner.newBuilder().setMemberId(id).setUuid(uuid).setPeerEndpoint(endpoint))
                .build();
    }

    private static MembershipRules.Verdict judge(ClusterView view, ChangeMembershipRequest request) {
        return MembershipRules.judge(request, view);
    }

    private static String reason(ClusterView view, ChangeMembershipRequest request) {
        var refusal = judge(view, request).refusal();
        if (refusal == null || refusal.getCode() != ErrorCode.FAILED_PRECONDITION) {
            throw new AssertionError("not unsafe: " + refusal);
        }
        return refusal.getMessage();
    }

    private static ErrorCode code(ClusterView view, ChangeMembershipRequest request) {
        var refusal = judge(view, request).refusal();
        return refusal == null ? ErrorCode.ERROR_CODE_UNSPECIFIED : refusal.getCode();
    }

    private static String field(ClusterView view, ChangeMembershipRequest request) {
        var refusal = judge(view, request).refusal();
        return refusal == null ? "" : refusal.getField();
    }
}
