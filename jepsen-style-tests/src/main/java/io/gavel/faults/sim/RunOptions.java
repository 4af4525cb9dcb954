package io.gavel.faults.sim;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/// What the caller of a run decides; everything else is drawn from the seed.
///
/// @param nodes how many members the cluster starts with; 0 = drawn (3, 5, now and then 7)
/// @param only the kinds of faults that may occur; the seed decides which of them do
/// @param maxFaults at most so many faults are injected, for shrinking; the first ones of the plan
/// @param skipFaults faults of the plan that are left out, by number, for shrinking
/// @param safetyNanos how long faults go on, virtual time
/// @param keepEvents whether [RunResult#events()] is filled, for a timeline
public record RunOptions(
        int nodes, Set<FaultKind> only, int maxFaults, Set<Integer> skipFaults, long safetyNanos, boolean keepEvents) {
    /// All faults, a minute of virtual time and more, no events kept.
    public static final RunOptions DEFAULT =
            new RunOptions(0, EnumSet.allOf(FaultKind.class), Integer.MAX_VALUE, Set.of(), 57_000_000_000L, false);

    public RunOptions {
        only = only.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(only));
        skipFaults = Collections.unmodifiableSet(new java.util.TreeSet<>(skipFaults));
    }

    public RunOptions withNodes(int count) {
        return new RunOptions(count, only, maxFaults, skipFaults, safetyNanos, keepEvents);
    }

    public RunOptions withOnly(Set<FaultKind> kinds) {
        return new RunOptions(nodes, kinds, maxFaults, skipFaults, safetyNanos, keepEvents);
    }

    public RunOptions withMaxFaults(int count) {
        return new RunOptions(nodes, only, count, skipFaults, safetyNanos, keepEvents);
    }

    public RunOptions withoutFaults(Set<Integer> numbers) {
        return new RunOptions(nodes, only, maxFaults, numbers, safetyNanos, keepEvents);
    }

    public RunOptions withEvents() {
        return new RunOptions(nodes, only, maxFaults, skipFaults, safetyNanos, true);
    }
}
