package io.gavel.raft.sim;

/// A violated invariant or a missed liveness bound of a simulated run.
final class SimulationFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SimulationFailure(String message) {
        super(message);
    }
}
