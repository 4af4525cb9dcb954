package io.gavel.server.api;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.server.entry.Refusals;

/// The refusals that only the API gives, all before the log: `NOT_APPLIED`.
public final class ApiErrors {
    private ApiErrors() {}

    /// A queue of this member is full.
    public static Error overloaded(String queue) {
        return Refusals.notApplied(ErrorCode.OVERLOADED, "the " + queue + " of this member is full")
                .setField(queue)
                .setHint("retry after a pause")
                .build();
    }

    /// The request's time is up before anything was proposed.
    public static Error deadline(String what) {
        return Refusals.notApplied(ErrorCode.DEADLINE, what + " took longer than its deadline")
                .build();
    }

    /// Growth is refused until space is free again (rule 26).
    public static Error storageFull() {
        return Refusals.notApplied(ErrorCode.STORAGE_FULL, "a member's disk is nearly full, so the state may not grow")
                .setHint("delete or compact, or give the members more space; it clears by itself")
                .build();
    }

    /// The request names another cluster.
    public static Error wrongCluster(String asked, String here) {
        return Refusals.notApplied(
                        ErrorCode.WRONG_CLUSTER, "this member belongs to cluster " + here + ", not to " + asked)
                .setField("cluster_id")
                .setLimit(here)
                .setValue(asked)
                .setHint("check the endpoints")
                .build();
    }

    /// An operator's step that could cost availability or data.
    public static Error unsafe(String reason) {
        return Refusals.notApplied(ErrorCode.FAILED_PRECONDITION, reason).build();
    }

    /// A defect of ours that concerns this request only.
    public static Error internal(String message) {
        return Refusals.notApplied(ErrorCode.INTERNAL, message)
                .setHint("see the member's log")
                .build();
    }

    /// The error as a command's answer.
    public static CommandResult asResult(Error error) {
        return CommandResult.newBuilder().setError(error).build();
    }

    /// The error as a query's answer, with what it was decided on.
    public static QueryResult asAnswer(Error error, long revision) {
        return QueryResult.newBuilder().setRevision(revision).setError(error).build();
    }

    /// Adds the last known leader to an error that is about reaching it.
    static Error withLeader(Error error, ClusterView view) {
        if (error.getCode() != ErrorCode.UNAVAILABLE || error.getLeaderId() != 0 || view.leader() == null) {
            return error;
        }
        return error.toBuilder()
                .setLeaderId(leaderId(view))
                .setLeaderEndpoint(view.leaderEndpoint())
                .build();
    }

    /// The leader's id, 0 while none is known.
    public static int leaderId(ClusterView view) {
        return view.leader() == null ? 0 : view.leader().value();
    }
}
