package io.gavel.raft;

/// Why the core refused a proposal, a configuration change, a read or a transfer before it reached the log.
public enum RejectReason {
    NOT_LEADER,
    OVERLOADED,
    CONFIGURATION_IN_PROGRESS,
    CONFIGURATION_INVALID,
    LEARNER_NOT_CAUGHT_UP,
    TRANSFERRING,
    TRANSFER_FAILED,
    LEADERSHIP_LOST,
    NO_QUORUM
}
