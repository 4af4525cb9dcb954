package io.gavel.server.api;

import com.google.protobuf.ByteString;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;

/// Who this node is; fixed from the moment it serves.
///
/// @param clusterId 16 bytes
/// @param incarnation rises with each restore of the cluster from a snapshot
/// @param version the software's version
public record MemberIdentity(ByteString clusterId, long incarnation, NodeId member, MemberUuid uuid, String version) {}
