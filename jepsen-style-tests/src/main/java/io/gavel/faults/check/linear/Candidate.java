package io.gavel.faults.check.linear;

/// An operation of a search.
///
/// @param number its place among the known ones, or among the unknown ones, in the order of calls
/// @param returned before this it was done; unknown ones may be done at any time
/// @param isKnown whether it was done: its client was told so, or another client was told its effect
/// @param isReadOnly whether it is known to have changed nothing
/// @param alike equal for unknown operations that do the same: only the first of them need be tried
/// @param rank its place among the known ones that were told a revision, in the order of revisions; -1 = was told none
record Candidate(
        int number,
        long invoked,
        long returned,
        boolean isKnown,
        boolean isReadOnly,
        Transition transition,
        int alike,
        int rank) {}
