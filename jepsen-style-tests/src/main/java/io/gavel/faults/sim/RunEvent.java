package io.gavel.faults.sim;

/// Something worth drawing in a timeline.
///
/// @param number of the event in the run's order; violations name these numbers
/// @param atNanos virtual time
/// @param node the member it concerns; 0 = the whole world
/// @param text for `FAULT` and `HEAL` what was done; for `ROLE` the role; otherwise details
/// @param term for `ROLE` the term; for `FAULT` and `HEAL` the fault's number in the plan; otherwise 0
public record RunEvent(long number, long atNanos, Kind kind, int node, String text, long term) {
    /// What happened.
    public enum Kind {
        /// A process started.
        START,
        /// A process died: by a fault, or by its own decision (the text has the exit code).
        DEATH,
        /// A member's role or term changed.
        ROLE,
        /// A configuration was committed.
        CONFIGURATION,
        /// A snapshot was taken or installed.
        SNAPSHOT,
        /// A fault began.
        FAULT,
        /// A fault ended.
        HEAL,
        /// The run entered another phase.
        PHASE,
        /// A check failed.
        VIOLATION
    }
}
