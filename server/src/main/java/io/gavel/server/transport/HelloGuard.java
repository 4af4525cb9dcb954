package io.gavel.server.transport;

import io.gavel.raft.Event;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.entry.FeatureLevels;
import io.gavel.server.peer.v1.Hello;
import io.gavel.server.peer.v1.HelloReply;
import io.gavel.server.peer.v1.HelloReply.Refusal;
import io.gavel.server.storage.ClusterId;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Decides whether a hello is for this member, from its cluster, and from a process that may speak (rules 19, 21).
/// Thread-safe.
///
/// A sender that the configuration does not list is accepted: this member may lag behind the change that added it, and
/// must still learn from it. One that is listed with another uuid is another life of that id. It is heard only as a
/// leader, because terms make that safe; its votes and acknowledgements would be counted for the wrong member.
final class HelloGuard {
    /// How much of what a stream carries is let through now.
    enum Trust {
        FULL,
        LEADER_MESSAGES_ONLY
    }

    /// The answer to a hello.
    record Admission(HelloReply reply, PeerBoots.Verdict boot) {
        boolean accepted() {
            return reply.getRefusal() == Refusal.NONE;
        }
    }

    private final PeerIdentity self;
    private final PeerBoots boots;
    private final BooleanSupplier repairing;
    private volatile List<Member> members = List.of();

    /// `repairing`: whether this member's own log lacks entries that it acknowledged.
    HelloGuard(PeerIdentity self, PeerBoots boots, BooleanSupplier repairing) {
        this.self = self;
        this.repairing = repairing;
        this.boots = boots;
    }

    void members(List<Member> current) {
        members = List.copyOf(current);
    }

    Admission admit(Hello hello) {
        ClusterId cluster = new ClusterId(
                hello.getClusterId().getHigh(), hello.getClusterId().getLow());
        if (!cluster.equals(self.clusterId()) || hello.getIncarnation() != self.incarnation()) {
            return refuse(
                    Refusal.WRONG_CLUSTER,
                    "this is cluster " + self.clusterId() + " incarnation " + self.incarnation() + ", not " + cluster
                            + " incarnation " + hello.getIncarnation());
        }
        MemberUuid receiver = PeerMessageCodec.memberUuid(hello.getReceiverUuid());
        if (hello.getGroupId() != 0
                || hello.getReceiverId() != self.member().value()
                || !receiver.equals(self.uuid())) {
            return refuse(
                    Refusal.WRONG_RECEIVER,
                    "this is member " + self.member() + " uuid " + self.uuid() + ", not member " + hello.getReceiverId()
                            + " uuid " + receiver);
        }
        if (hello.getMaxFeatureLevel() < FeatureLevels.MIN || hello.getMinFeatureLevel() > FeatureLevels.MAX) {
            return refuse(
                    Refusal.NO_COMMON_PROTOCOL,
                    "this member applies feature levels " + FeatureLevels.MIN + " to " + FeatureLevels.MAX + ", not "
                            + hello.getMinFeatureLevel() + " to " + hello.getMaxFeatureLevel());
        }
        if (hello.getSenderId() < 1 || hello.getSenderId() == self.member().value()) {
            return refuse(Refusal.UNKNOWN_SENDER, "no peer has the id " + hello.getSenderId());
        }
        if (hello.getMinProtocol() > PeerIdentity.MAX_PROTOCOL || hello.getMaxProtocol() < PeerIdentity.MIN_PROTOCOL) {
            return refuse(
                    Refusal.NO_COMMON_PROTOCOL,
                    "this member speaks peer protocol " + PeerIdentity.MIN_PROTOCOL + " to " + PeerIdentity.MAX_PROTOCOL
                            + ", not " + hello.getMinProtocol() + " to " + hello.getMaxProtocol());
        }
        MemberUuid sender = PeerMessageCodec.memberUuid(hello.getSenderUuid());
        PeerBoots.Verdict boot = boots.onHello(
                sender,
                new PeerBoots.Claim(
                        PeerIdentity.Start.of(
                                hello.getBootCount(),
                                hello.getBootNonce(),
                                hello.getEarlierBootNoncesList(),
                                hello.getPersistedIndex()),
                        hello.getRepairing()));
        return switch (boot) {
            case FIRST, SAME, NEWER -> new Admission(accepted(), boot);
            case ROLLED_BACK ->
                refuseVote(
                        boot,
                        Event.LossFound.NO_REPAIR,
                        "start " + hello.getBootCount() + " of member " + hello.getSenderId()
                                + " does not follow the one already seen: its disk went back in time;"
                                + " replace the member");
            case LOST_ENTRIES -> refuseLoss(hello, boots.acknowledgedIndex(sender));
        };
    }

    private static Admission refuseVote(PeerBoots.Verdict boot, long acknowledged, String message) {
        HelloReply reply = HelloReply.newBuilder()
                .setRefusal(Refusal.ROLLED_BACK)
                .setMessage(message)
                .setAcknowledgedIndex(acknowledged)
                .build();
        return new Admission(reply, boot);
    }

    private static Admission refuseLoss(Hello hello, long acknowledged) {
        String message = "the log of member " + hello.getSenderId() + " ended at " + hello.getPersistedIndex()
                + " when it started, but it had acknowledged entries up to " + acknowledged;
        return refuseVote(PeerBoots.Verdict.LOST_ENTRIES, acknowledged, message);
    }

    /// Which messages of a sender that was admitted are let through, by the newest configuration: streams outlive
    /// configurations, and an id that was removed may be added again with another uuid.
    Trust trustIn(NodeId sender, MemberUuid uuid) {
        @Nullable Member listed = find(sender);
        return listed == null || listed.uuid().equals(uuid) ? Trust.FULL : Trust.LEADER_MESSAGES_ONLY;
    }

    private @Nullable Member find(NodeId id) {
        for (Member member : members) {
            if (member.id().equals(id)) {
                return member;
            }
        }
        return null;
    }

    private HelloReply accepted() {
        return HelloReply.newBuilder()
                .setProtocol(PeerIdentity.MAX_PROTOCOL)
                .setBootNonce(self.start().bootNonce())
                .setBootCount(self.start().bootCount())
                .addAllEarlierBootNonces(self.start().earlierNonces())
                .setPersistedIndex(self.start().persistedIndex())
                .setRepairing(repairing.getAsBoolean())
                .setMinFeatureLevel(FeatureLevels.MIN)
                .setMaxFeatureLevel(FeatureLevels.MAX)
                .build();
    }

    private static Admission refuse(Refusal refusal, String message) {
        return new Admission(
                HelloReply.newBuilder().setRefusal(refusal).setMessage(message).build(), PeerBoots.Verdict.SAME);
    }
}
