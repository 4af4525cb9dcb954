package io.gavel.faults.history;

/// Something that is no operation of the history format: what was seen, by whom, and when (nanoseconds).
///
/// @param process the client, or minus the member's id for what a member did
public record Event(int process, Observation observation, Status status, long call, long returned) {
    /// Something that happened at one moment.
    public static Event at(long nanos, int process, Observation observation) {
        return new Event(process, observation, Status.OK, nanos, nanos);
    }
}
