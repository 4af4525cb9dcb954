package io.gavel.raft.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.raft.check.InvariantViolation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [TermRuns], [RecentWindow] and [SizeMarks] against a plain list, under random appends, cuts and compactions.
class LogArithmeticTest {
    private static final int STEPS = 2_000;
    private static final int ITEM_BYTES = 10;

    private final TermRuns runs = new TermRuns(0, 0);
    private final RecentWindow<Long> window = new RecentWindow<>(1);
    private final SizeMarks sizes = new SizeMarks(100, 0);

    /// Terms by index; position 0 is index 0.
    private final List<Long> terms = new ArrayList<>(List.of(0L));

    private int base;

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void agreesWithAPlainList(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int step = 0; step < STEPS; step++) {
            int last = terms.size() - 1;
            int choice = random.nextInt(20);
            if (choice == 0 && last > base) {
                truncate(base + 1 + random.nextInt(last - base));
            } else if (choice == 1) {
                compact(base + random.nextInt(last - base + 1));
            } else if (choice == 2 && !window.isEmpty()) {
                window.evictOldest();
            } else {
                append(terms.getLast() + (random.nextInt(5) == 0 ? 1 : 0));
            }
            compare(random);
        }
    }

    private void append(long term) {
        terms.add(term);
        runs.append(term);
        window.append(term, ITEM_BYTES);
        sizes.append(terms.size() - 1, ITEM_BYTES);
    }

    private void truncate(int index) {
        terms.subList(index, terms.size()).clear();
        runs.truncateFrom(index);
        window.truncateFrom(index);
        sizes.truncateFrom(index);
    }

    private void compact(int index) {
        base = index;
        runs.compactThrough(index);
        window.evictBefore(index + 1);
        sizes.compactThrough(index);
    }

    private void compare(SplittableRandom random) {
        int last = terms.size() - 1;
        assertThat(runs.lastIndex()).isEqualTo(last);
        assertThat(runs.lastTerm()).isEqualTo(terms.get(last));
        int probe = random.nextInt(last + 2);
        boolean known = probe >= base && probe <= last;
        assertThat(runs.termAt(probe)).isEqualTo(known ? terms.get(probe) : TermRuns.UNKNOWN);
        long maxTerm = random.nextLong(terms.get(last) + 2);
        assertThat(runs.lastIndexAtOrBelow(probe, maxTerm)).isEqualTo(lastAtOrBelow(probe, maxTerm));
        if (!window.isEmpty()) {
            List<Long> expected = terms.subList((int) window.firstIndex(), last + 1);
            assertThat(window.slice(window.firstIndex(), last)).isEqualTo(expected);
            assertThat(window.bytes()).isEqualTo((long) ITEM_BYTES * expected.size());
        }
        assertThat(sizes.bytesAfter(Math.max(base, probe)))
                .isGreaterThanOrEqualTo((long) ITEM_BYTES * Math.max(0, last - Math.max(base, probe)));
    }

    private long lastAtOrBelow(int maxIndex, long maxTerm) {
        for (int index = Math.min(maxIndex, terms.size() - 1); index >= base; index--) {
            if (terms.get(index) <= maxTerm) {
                return index;
            }
        }
        return base - 1L;
    }

    @Test
    void refusesATermThatFalls() {
        runs.append(3);

        assertThatThrownBy(() -> runs.append(2)).isInstanceOf(InvariantViolation.class);
    }

    @Test
    void knowsNothingOfSizesBeforeTheStart() {
        SizeMarks later = new SizeMarks(100, 50);

        assertThat(later.bytesAfter(49)).isEqualTo(Long.MAX_VALUE);
        assertThat(later.bytesAfter(50)).isZero();
    }
}
