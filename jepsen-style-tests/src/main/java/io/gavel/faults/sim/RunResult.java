package io.gavel.faults.sim;

import io.gavel.faults.history.History;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What one run was and showed.
///
/// @param nodes how many members the cluster started with
/// @param traceHash over every event of the run: equal for equal seeds, options and code
/// @param virtualNanos how long the world lived
/// @param cpuNanos how long that took
/// @param eventCount events in all
/// @param faults how often each kind of fault occurred
/// @param plan the faults in order, one line each; their numbers are those of [RunOptions#skipFaults()]
/// @param reached how often each named situation came up
/// @param violation null = every check in the world held
/// @param events for a timeline; empty unless asked for
/// @param history what the clients did and saw, for checkers to judge
public record RunResult(
        long seed,
        RunOptions options,
        int nodes,
        long traceHash,
        long virtualNanos,
        long cpuNanos,
        long eventCount,
        Operations operations,
        SortedMap<FaultKind, Integer> faults,
        List<String> plan,
        SortedMap<String, Long> reached,
        @Nullable Violation violation,
        List<RunEvent> events,
        History history) {

    /// What became of the clients' operations; `unknown` are those whose outcome no one could tell them.
    public record Operations(int ok, int failed, int unknown) {
        public int all() {
            return ok + failed + unknown;
        }
    }

    /// The first check that did not hold.
    ///
    /// @param check its name, as `I6` or `liveness`
    /// @param eventNumber the event after which it failed
    public record Violation(String check, String message, long eventNumber, long atNanos) {}

    /// Whether too little succeeded to have tested anything.
    public boolean isVacuous() {
        return operations.ok() * 10 < operations.all() * 3;
    }
}
