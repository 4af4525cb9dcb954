package io.gavel.server.consensus;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Outcome;
import io.gavel.raft.RejectReason;
import io.gavel.raft.quorum.NodeId;
import org.jspecify.annotations.Nullable;

/// What consensus tells a client when the log does not decide its request.
final class Answers {
    private Answers() {}

    static CommandResult result(Error error) {
        return CommandResult.newBuilder().setError(error).build();
    }

    /// Nobody leads, as far as this member knows; nothing was proposed.
    static Error noLeader() {
        return error(ErrorCode.UNAVAILABLE, Outcome.NOT_APPLIED, "no leader is known")
                .setHint("try again, or another member")
                .build();
    }

    /// The leader is known but there is no connection to it, or its queue is full; nothing was sent.
    static Error leaderOutOfReach(NodeId leader) {
        return error(ErrorCode.UNAVAILABLE, Outcome.NOT_APPLIED, "the leader, member " + leader + ", is out of reach")
                .setLeaderId(leader.value())
                .setHint("try again, or another member")
                .build();
    }

    /// The leader changed while the request was under way.
    static Error leaderChanged(Outcome outcome) {
        return error(ErrorCode.UNAVAILABLE, outcome, "the leader changed while the request was under way")
                .setHint("try again; with the same session and sequence it takes effect once")
                .build();
    }

    /// The entry that carried the request was replaced by another leader's: it never took effect.
    static Error replaced() {
        return error(ErrorCode.UNAVAILABLE, Outcome.NOT_APPLIED, "a new leader replaced the entry of this request")
                .setHint("try again")
                .build();
    }

    /// This member received a snapshot instead of the entry of the request.
    static Error skipped() {
        return error(ErrorCode.UNAVAILABLE, Outcome.UNKNOWN, "this member caught up past the entry of this request")
                .setHint("try again; with the same session and sequence it takes effect once")
                .build();
    }

    static Error deadline(Outcome outcome) {
        return error(ErrorCode.DEADLINE, outcome, "not decided before the deadline")
                .build();
    }

    static Error appliesTooSlowly() {
        return overloaded("too much waits for this member to apply what is committed");
    }

    static Error overloaded(String what) {
        return error(ErrorCode.OVERLOADED, Outcome.NOT_APPLIED, what)
                .setHint("slow down and try again")
                .build();
    }

    /// Members hold different states and none has a majority (rule 31).
    static Error writesStopped(String why) {
        return error(ErrorCode.UNAVAILABLE, Outcome.NOT_APPLIED, "nothing is written: " + why)
                .setHint("restart the members named one by one; if they still differ, see the runbook")
                .build();
    }

    /// Too few members have room on their disks (rule 26).
    static Error storageFull() {
        return error(ErrorCode.STORAGE_FULL, Outcome.NOT_APPLIED, "too little disk space is free; growth is refused")
                .setHint("free space or add a larger disk; deletes, releases and reads go on")
                .build();
    }

    /// The core refused before the log.
    static Error rejected(RejectReason reason, @Nullable NodeId leader) {
        Error.Builder error = switch (reason) {
            case NOT_LEADER ->
                error(ErrorCode.UNAVAILABLE, Outcome.NOT_APPLIED, "this member does not lead any more")
                        .setHint("try again");
            case OVERLOADED ->
                error(ErrorCode.OVERLOADED, Outcome.NOT_APPLIED, "too many requests wait to be committed")
                        .setHint("slow down and try again");
            case TRANSFERRING ->
                error(ErrorCode.UNAVAILABLE, Outcome.NOT_APPLIED, "leadership is being handed over")
                        .setHint("try again");
            case LEADERSHIP_LOST ->
                error(ErrorCode.UNAVAILABLE, Outcome.NOT_APPLIED, "leadership was lost")
                        .setHint("try again");
            case NO_QUORUM ->
                error(ErrorCode.UNAVAILABLE, Outcome.NOT_APPLIED, "no quorum answers")
                        .setHint("try again");
            case CONFIGURATION_IN_PROGRESS ->
                unsafe("another membership change is not finished").setHint("wait for it and try again");
            case CONFIGURATION_INVALID ->
                unsafe("the step does not fit the current configuration")
                        .setHint("look at the members and their roles");
            case LEARNER_NOT_CAUGHT_UP ->
                unsafe("the learner has not caught up with the leader").setHint("wait and try again");
            case TRANSFER_FAILED ->
                unsafe("leadership could not be handed over in time").setHint("is the member up to date?");
        };
        if (leader != null) {
            error.setLeaderId(leader.value());
        }
        return error.build();
    }

    private static Error.Builder unsafe(String message) {
        return error(ErrorCode.FAILED_PRECONDITION, Outcome.NOT_APPLIED, message);
    }

    private static Error.Builder error(ErrorCode code, Outcome outcome, String message) {
        return Error.newBuilder().setCode(code).setOutcome(outcome).setMessage(message);
    }
}
