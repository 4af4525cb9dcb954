package io.gavel.faults.check.linear;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Looks for an order of operations that agrees with real time and the specification (Wing and Gong 1993, with Lowe's
/// memory of what was seen).
///
/// How it works, and why. Those that are known to be done must all be placed, each before any that began after its
/// return; unknown ones may be placed at any time after their call, or never. Placed sets with a state are nodes; the
/// search goes on from the node that got farthest for the fewest unknown operations, so that another order of known
/// ones is tried before another unknown one. What keeps unknown ones from multiplying the nodes: (1) a node is dropped
/// if the same known ones led to the same state with a part of its unknown ones, since whatever can follow it can
/// follow that; (2) of alike unknown ones only the first is tried. Besides, (3) a known one that only read is placed at
/// once, and (4) known ones that were told revisions are placed in their order.
final class LinearSearch {
    /// What came of a search.
    enum Verdict {
        /// There is an order.
        ORDERED,
        /// There is none.
        IMPOSSIBLE,
        /// The budget was spent.
        UNDECIDED
    }

    /// Another order of so many known operations is tried before another unknown one.
    private static final int UNKNOWN_COST = 8;

    private final List<Candidate> known;
    private final List<Candidate> unknown;
    private final int alikeCount;
    private final Map<Place, List<BitSet>> seen = new HashMap<>();
    private final PriorityQueue<Node> open = new PriorityQueue<>(
            Comparator.comparingInt(Node::merit).reversed().thenComparingLong(node -> -node.number));
    private long nodes;

    /// Both lists in the order of calls.
    LinearSearch(List<Candidate> known, List<Candidate> unknown, int alikeCount) {
        this.known = known;
        this.unknown = unknown;
        this.alikeCount = alikeCount;
    }

    /// Which known ones are placed, and the state they led to: all before `first`, and those in `ahead`, counted from
    /// it.
    private static final class Place {
        private final int first;
        private final BitSet ahead;
        private final int[] state;
        private final int hash;

        Place(int first, BitSet ahead, int[] state) {
            this.first = first;
            this.ahead = ahead;
            this.state = state;
            this.hash = (ahead.hashCode() * 31 + Arrays.hashCode(state)) * 31 + first;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Place that
                    && hash == that.hash
                    && first == that.first
                    && Arrays.equals(state, that.state)
                    && ahead.equals(that.ahead);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private record Node(Place place, BitSet used, int placedRanked, int merit, long number) {}

    /// Looks at no more than so many nodes.
    Verdict run(int[] initialState, long budgetNodes) {
        open.add(new Node(new Place(0, new BitSet(), initialState), new BitSet(), 0, 0, 0));
        while (!open.isEmpty()) {
            Node node = open.remove();
            if (node.place.first == known.size()) {
                return Verdict.ORDERED;
            }
            if (nodes > budgetNodes) {
                return Verdict.UNDECIDED;
            }
            expand(node);
        }
        return Verdict.IMPOSSIBLE;
    }

    private void expand(Node node) {
        List<Candidate> candidates = candidates(node);
        for (Candidate candidate : candidates) {
            if (candidate.isReadOnly() && candidate.transition().apply(node.place.state) != null) {
                place(node, candidate);
                return;
            }
        }
        candidates.forEach(candidate -> place(node, candidate));
    }

    /// What can be next: nothing that began after the earliest return of a known one that is not yet placed.
    private List<Candidate> candidates(Node node) {
        var candidates = new ArrayList<Candidate>();
        long earliest = Long.MAX_VALUE;
        for (int i = node.place.first; i < known.size(); i++) {
            Candidate candidate = known.get(i);
            if (candidate.invoked() > earliest) {
                break;
            }
            if (!node.place.ahead.get(i - node.place.first)) {
                candidates.add(candidate);
                earliest = Math.min(earliest, candidate.returned());
            }
        }
        var tried = new BitSet(alikeCount);
        for (Candidate candidate : unknown) {
            if (candidate.invoked() > earliest) {
                break;
            }
            if (!node.used.get(candidate.number()) && !tried.get(candidate.alike())) {
                tried.set(candidate.alike());
                candidates.add(candidate);
            }
        }
        return candidates;
    }

    private void place(Node node, Candidate candidate) {
        if (candidate.rank() >= 0 && candidate.rank() != node.placedRanked) {
            return;
        }
        int[] after = candidate.transition().apply(node.place.state);
        if (after == null) {
            return;
        }
        Place place;
        BitSet used = node.used;
        if (candidate.isKnown()) {
            place = advanced(node.place, candidate, after);
        } else {
            place = new Place(node.place.first, node.place.ahead, after);
            used = (BitSet) used.clone();
            used.set(candidate.number());
        }
        if (isNew(place, used)) {
            int ranked = node.placedRanked + (candidate.rank() >= 0 ? 1 : 0);
            int merit = node.merit + (candidate.isKnown() ? 1 : -UNKNOWN_COST);
            open.add(new Node(place, used, ranked, merit, ++nodes));
        }
    }

    private Place advanced(Place place, Candidate candidate, int[] after) {
        var ahead = (BitSet) place.ahead.clone();
        ahead.set(candidate.number() - place.first);
        int placed = ahead.nextClearBit(0);
        return new Place(place.first + placed, ahead.get(placed, Math.max(placed, ahead.length())), after);
    }

    /// Remembers a node, unless it needs more unknown operations than another at its place.
    private boolean isNew(Place place, BitSet used) {
        List<BitSet> others = seen.computeIfAbsent(place, unseen -> new ArrayList<>(1));
        for (BitSet other : others) {
            var beyond = (BitSet) other.clone();
            beyond.andNot(used);
            if (beyond.isEmpty()) {
                return false;
            }
        }
        others.add(used);
        return true;
    }
}
