package io.gavel.faults.sim.check;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// Counts how often situations came up: the goals of a batch, and whatever else is worth a number.
public final class Reached {
    private final SortedMap<String, Long> counts = new TreeMap<>();

    public void count(String situation) {
        counts.merge(situation, 1L, Long::sum);
    }

    public void hit(Goal goal) {
        count(goal.text());
    }

    public SortedMap<String, Long> counts() {
        return Collections.unmodifiableSortedMap(counts);
    }
}
