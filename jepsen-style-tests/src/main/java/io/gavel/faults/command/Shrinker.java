package io.gavel.faults.command;

import io.gavel.faults.sim.RunOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Finds a small part of a fault plan with which a seed still fails by the same check (delta debugging, Zeller 1999).
final class Shrinker {
    private final Simulation simulation;
    private final Outcome failure;
    private final RunOptions options;
    private final long deadlineNanos;

    /// Gives up shrinking at the deadline and keeps what it has.
    Shrinker(Simulation simulation, Outcome failure, RunOptions options, long deadlineNanos) {
        this.simulation = simulation;
        this.failure = failure;
        this.options = options;
        this.deadlineNanos = deadlineNanos;
    }

    /// The numbers of the faults that can be left out together.
    Set<Integer> needless() {
        Set<Integer> all = new TreeSet<>();
        failure.result().plan().forEach(fault -> all.add(number(fault)));
        List<Integer> needed = new ArrayList<>(all);
        if (fails(List.of(), all)) {
            return all;
        }
        int parts = 2;
        while (needed.size() >= 2 && System.nanoTime() < deadlineNanos) {
            List<Integer> smaller = smaller(needed, parts, all);
            if (smaller.size() < needed.size()) {
                needed = smaller;
                parts = Math.max(2, parts - 1);
            } else if (parts < needed.size()) {
                parts = Math.min(needed.size(), 2 * parts);
            } else {
                break;
            }
        }
        return without(needed, all);
    }

    /// The faults without the first of the parts that is not needed, or all of them.
    private List<Integer> smaller(List<Integer> needed, int parts, Set<Integer> all) {
        for (int part = 0; part < parts && System.nanoTime() < deadlineNanos; part++) {
            int from = needed.size() * part / parts;
            int to = needed.size() * (part + 1) / parts;
            List<Integer> rest = new ArrayList<>(needed.subList(0, from));
            rest.addAll(needed.subList(to, needed.size()));
            if (to > from && fails(rest, all)) {
                return rest;
            }
        }
        return needed;
    }

    private boolean fails(List<Integer> kept, Set<Integer> all) {
        Outcome outcome = Outcome.of(simulation, failure.result().seed(), options.withoutFaults(without(kept, all)));
        return outcome.verdict() == failure.verdict() && outcome.check().equals(failure.check());
    }

    private static Set<Integer> without(List<Integer> kept, Set<Integer> all) {
        Set<Integer> left = new TreeSet<>(all);
        kept.forEach(left::remove);
        return left;
    }

    /// The number that a line of a plan begins with.
    static int number(String fault) {
        return Integer.parseInt(fault.strip().split("\\s+", 2)[0]);
    }
}
