package io.gavel.server.transport;

import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.entry.FeatureLevels;
import io.gavel.server.peer.v1.Hello;
import io.gavel.server.storage.ClusterId;
import java.util.List;
import java.util.stream.Stream;

/// Who this process is towards its peers, for as long as it runs.
///
/// @param start of this process
/// @param address where peers reach it
public record PeerIdentity(
        ClusterId clusterId, long incarnation, NodeId member, MemberUuid uuid, Start start, String address) {

    /// One start of a member's process, by which peers tell a disk that went back in time (rule 21).
    ///
    /// @param bootCount how often the member has started, this time included
    /// @param nonces one random number for each of the newest starts of this disk, this start's first
    /// @param persistedIndex the last index of the log that was found on the disk
    public record Start(long bootCount, List<Long> nonces, long persistedIndex) {
        static Start of(long bootCount, long bootNonce, List<Long> earlierNonces, long persistedIndex) {
            return new Start(
                    bootCount,
                    Stream.concat(Stream.of(bootNonce), earlierNonces.stream()).toList(),
                    persistedIndex);
        }

        long bootNonce() {
            return nonces.getFirst();
        }

        List<Long> earlierNonces() {
            return nonces.subList(1, nonces.size());
        }

        /// Whether that start is not part of this disk's past. What is forgotten counts as part of it.
        boolean deviatesFrom(long count, long nonce) {
            long startsAgo = bootCount - count;
            return startsAgo < 0 || (startsAgo < nonces.size() && nonces.get((int) startsAgo) != nonce);
        }
    }

    /// The peer protocol versions that this software speaks.
    static final int MIN_PROTOCOL = 1;

    static final int MAX_PROTOCOL = 1;

    /// The first message of a stream to that peer.
    /// `repairing`: this member knows that its log lacks entries and fetches them again.
    Hello helloTo(NodeId receiver, MemberUuid receiverUuid, boolean repairing) {
        return Hello.newBuilder()
                .setMinProtocol(MIN_PROTOCOL)
                .setMaxProtocol(MAX_PROTOCOL)
                .setClusterId(PeerMessageCodec.uuid(new MemberUuid(clusterId.high(), clusterId.low())))
                .setIncarnation(incarnation)
                .setSenderId(member.value())
                .setSenderUuid(PeerMessageCodec.uuid(uuid))
                .setReceiverId(receiver.value())
                .setReceiverUuid(PeerMessageCodec.uuid(receiverUuid))
                .setBootNonce(start.bootNonce())
                .setBootCount(start.bootCount())
                .addAllEarlierBootNonces(start.earlierNonces())
                .setPersistedIndex(start.persistedIndex())
                .setRepairing(repairing)
                .setMinFeatureLevel(FeatureLevels.MIN)
                .setMaxFeatureLevel(FeatureLevels.MAX)
                .setSenderAddress(address)
                .build();
    }
}
