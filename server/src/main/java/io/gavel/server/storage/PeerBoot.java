package io.gavel.server.storage;

import io.gavel.raft.quorum.MemberUuid;

/// The newest start of a peer that this member has seen, and how much it acknowledged (rule 21).
///
/// A peer whose past has another `nonce` for start `bootCount`, or that has less in its log than `acknowledgedIndex`
/// without being under repair, runs on an older copy of its disk and is to be refused.
public record PeerBoot(MemberUuid uuid, long bootCount, long nonce, long acknowledgedIndex) {}
