package io.gavel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.Event;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.entry.FeatureLevels;
import io.gavel.server.peer.v1.Hello;
import io.gavel.server.peer.v1.HelloReply;
import io.gavel.server.peer.v1.HelloReply.Refusal;
import io.gavel.server.storage.ClusterId;
import io.gavel.server.transport.HelloGuard.Admission;
import io.gavel.server.transport.HelloGuard.Trust;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Rules 19, 21, 28 and 37: who may speak to this member, and how far it is trusted.
final class HelloGuardTest {
    private static final ClusterId CLUSTER = new ClusterId(1, 2);
    private static final MemberUuid OWN_UUID = new MemberUuid(1, 1);
    private static final MemberUuid PEER_UUID = new MemberUuid(2, 2);

    private boolean repairing;
    private final PeerBoots boots = new PeerBoots(List.of(), _ -> true);
    private final HelloGuard guard = new HelloGuard(identity(CLUSTER, 1, OWN_UUID, 7), boots, () -> repairing);

    private static PeerIdentity identity(ClusterId cluster, int id, MemberUuid uuid, long bootCount) {
        PeerIdentity.Start start = new PeerIdentity.Start(
                bootCount,
                LongStream.range(0, bootCount)
                        .mapToObj(ago -> 10 * (bootCount - ago))
                        .toList(),
                100);
        return new PeerIdentity(cluster, 5, new NodeId(id), uuid, start, "localhost:" + id);
    }

    private static Hello hello(long bootCount) {
        return identity(CLUSTER, 2, PEER_UUID, bootCount).helloTo(new NodeId(1), OWN_UUID, false);
    }

    private Refusal refusalOf(UnaryOperator<Hello.Builder> change) {
        return guard.admit(change.apply(hello(1).toBuilder()).build()).reply().getRefusal();
    }

    @Test
    void aMemberOfTheConfigurationIsFullyTrusted() {
        guard.members(List.of(new Member(new NodeId(2), PEER_UUID, "localhost:2")));

        Admission admission = guard.admit(hello(1));

        assertThat(admission.accepted()).isTrue();
        assertThat(guard.trustIn(new NodeId(2), PEER_UUID)).isEqualTo(Trust.FULL);
        assertThat(admission.boot()).isEqualTo(PeerBoots.Verdict.FIRST);
    }

    @Test
    void theReplySaysWhoAnswers() {
        repairing = true;

        HelloReply reply = guard.admit(hello(1)).reply();

        assertThat(reply.getBootCount()).isEqualTo(7);
        assertThat(reply.getBootNonce()).isEqualTo(70);
        assertThat(reply.getEarlierBootNoncesList()).containsExactly(60L, 50L, 40L, 30L, 20L, 10L);
        assertThat(reply.getPersistedIndex()).isEqualTo(100);
        assertThat(reply.getRepairing()).isTrue();
    }

    @Test
    void anUnlistedMemberIsHeardBecauseThisOneMayLagBehind() {
        guard.members(List.of(new Member(new NodeId(1), OWN_UUID, "localhost:1")));
        assertThat(guard.admit(hello(1)).accepted()).isTrue();
        assertThat(guard.trustIn(new NodeId(2), PEER_UUID)).isEqualTo(Trust.FULL);
    }

    @Test
    void anotherLifeOfAListedMemberIsHeardOnlyAsALeader() {
        guard.members(List.of(new Member(new NodeId(2), new MemberUuid(9, 9), "localhost:2")));
        Admission admission = guard.admit(hello(1));
        assertThat(admission.accepted()).isTrue();
        assertThat(guard.trustIn(new NodeId(2), PEER_UUID)).isEqualTo(Trust.LEADER_MESSAGES_ONLY);
    }

    @Test
    void everyMismatchOfIdentityIsRefusedByName() {
        assertThat(refusalOf(hello -> hello.setIncarnation(6))).isEqualTo(Refusal.WRONG_CLUSTER);
        assertThat(refusalOf(hello -> hello.setClusterId(PeerMessageCodec.uuid(PEER_UUID))))
                .isEqualTo(Refusal.WRONG_CLUSTER);
        assertThat(refusalOf(hello -> hello.setReceiverId(3))).isEqualTo(Refusal.WRONG_RECEIVER);
        assertThat(refusalOf(hello -> hello.setReceiverUuid(PeerMessageCodec.uuid(PEER_UUID))))
                .isEqualTo(Refusal.WRONG_RECEIVER);
        assertThat(refusalOf(hello -> hello.setGroupId(1))).isEqualTo(Refusal.WRONG_RECEIVER);
        assertThat(refusalOf(hello -> hello.setSenderId(1))).isEqualTo(Refusal.UNKNOWN_SENDER);
        assertThat(refusalOf(hello -> hello.setSenderId(0))).isEqualTo(Refusal.UNKNOWN_SENDER);
        assertThat(refusalOf(hello -> hello)).isEqualTo(Refusal.NONE);
    }

    @Test
    void withoutACommonProtocolOrFeatureLevelNothingIsUnderstood() {
        assertThat(refusalOf(hello -> hello.setMinProtocol(PeerIdentity.MAX_PROTOCOL + 1)
                        .setMaxProtocol(PeerIdentity.MAX_PROTOCOL + 1)))
                .isEqualTo(Refusal.NO_COMMON_PROTOCOL);
        assertThat(refusalOf(hello -> hello.setMaxProtocol(PeerIdentity.MIN_PROTOCOL - 1)))
                .isEqualTo(Refusal.NO_COMMON_PROTOCOL);
        assertThat(refusalOf(hello -> hello.setMinFeatureLevel(FeatureLevels.MAX + 1)))
                .isEqualTo(Refusal.NO_COMMON_PROTOCOL);
    }

    @Test
    void aRefusedHelloLeavesNoTrace() {
        refusalOf(hello -> hello.setReceiverId(3).setBootCount(50));
        assertThat(guard.admit(hello(1)).boot()).isEqualTo(PeerBoots.Verdict.FIRST);
    }

    @Test
    void anOlderStartIsRefusedForGood() {
        guard.admit(hello(3));
        HelloReply reply = guard.admit(hello(2)).reply();
        assertThat(reply.getRefusal()).isEqualTo(Refusal.ROLLED_BACK);
        assertThat(reply.getMessage()).contains("replace");
        assertThat(reply.getAcknowledgedIndex()).isEqualTo(Event.LossFound.NO_REPAIR);
        assertThat(guard.admit(hello(4)).boot()).isEqualTo(PeerBoots.Verdict.NEWER);
    }

    @Test
    void aMemberThatLostEntriesIsToldWhichAndComesBackRepairing() {
        guard.admit(hello(1));
        boots.acknowledged(PEER_UUID, 101, false);

        HelloReply reply = guard.admit(hello(2)).reply();

        assertThat(reply.getRefusal()).isEqualTo(Refusal.ROLLED_BACK);
        assertThat(reply.getAcknowledgedIndex()).isEqualTo(101);
        assertThat(guard.admit(hello(2).toBuilder().setRepairing(true).build()).accepted())
                .isTrue();
    }
}
