package io.gavel.raft.quorum;

import java.util.List;

/// Who takes part: voters, learners and, while a change is joint, the outgoing voters. Immutable, sorted by id.
///
/// Joint = `outgoingVoters` is not empty: decisions then need a majority of both sets (Raft paper §6).
public record Configuration(List<Member> voters, List<Member> outgoingVoters, List<Member> learners) {}
