package io.gavel.server.transport;

import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.entry.FeatureLevels;
import io.gavel.server.peer.v1.Hello;
import io.gavel.server.storage.ClusterId;

/// Who this process is towards its peers, for as long as it runs.
///
/// @param bootNonce random for this start of the process
/// @param bootCount how often this member has started, this time included (rule 21)
/// @param address where peers reach it
public record PeerIdentity(
        ClusterId clusterId,
        long incarnation,
        NodeId member,
        MemberUuid uuid,
        long bootNonce,
        long bootCount,
        String address) {

    /// The peer protocol versions that this software speaks.
    static final int MIN_PROTOCOL = 1;

    static final int MAX_PROTOCOL = 1;

    /// The first message of a stream to that peer.
    Hello helloTo(NodeId receiver, MemberUuid receiverUuid) {
        return Hello.newBuilder()
                .setMinProtocol(MIN_PROTOCOL)
                .setMaxProtocol(MAX_PROTOCOL)
                .setClusterId(PeerMessageCodec.uuid(new MemberUuid(clusterId.high(), clusterId.low())))
                .setIncarnation(incarnation)
                .setSenderId(member.value())
                .setSenderUuid(PeerMessageCodec.uuid(uuid))
                .setReceiverId(receiver.value())
                .setReceiverUuid(PeerMessageCodec.uuid(receiverUuid))
                .setBootNonce(bootNonce)
                .setBootCount(bootCount)
                .setMinFeatureLevel(FeatureLevels.MIN)
                .setMaxFeatureLevel(FeatureLevels.MAX)
                .setSenderAddress(address)
                .build();
    }
}
