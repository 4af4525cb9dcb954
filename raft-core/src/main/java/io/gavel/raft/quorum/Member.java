package io.gavel.raft.quorum;

/// One member as the configuration lists it. `peerAddress` is `host:port` for other members.
public record Member(NodeId id, MemberUuid uuid, String peerAddress) {}
