package io.gavel.raft.quorum;

import java.nio.charset.StandardCharsets;

/// One member as the configuration lists it. `peerAddress` is `host:port` for other members, at most 512 bytes.
public record Member(NodeId id, MemberUuid uuid, String peerAddress) {
    private static final int MAX_ADDRESS_BYTES = 512;

    public Member {
        int length = peerAddress.getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_ADDRESS_BYTES) {
            throw new IllegalArgumentException(
                    "peer address must be at most " + MAX_ADDRESS_BYTES + " bytes, was " + length);
        }
    }
}
