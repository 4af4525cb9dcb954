package io.gavel.faults.check.lock;

import io.gavel.faults.check.Check;
import io.gavel.faults.check.Evidence;
import io.gavel.faults.check.Finding;
import io.gavel.faults.history.Observation;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// I30: a token of an election names one leader, the one that the state granted it to, and an observer never sees a
/// lower token after a higher one. That
/// tokens rise and leaderships do not overlap is judged as for locks.
public final class ElectionCheck implements Check {
    private static final String NAME = "I30 election";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Map<String, String> leaders = new TreeMap<>();
        Map<String, Long> highest = new TreeMap<>();
        evidence.each(Observation.QueueGranted.class, (event, granted) -> {
            String session = granted.waiter().split("/", 2)[0];
            leaders.putIfAbsent(granted.lock() + " " + granted.token(), session);
        });
        evidence.each(Observation.LeaderObserved.class, (event, observed) -> {
            String leader = observed.leader();
            if (leader != null) {
                String other = leaders.putIfAbsent(observed.election() + " " + observed.token(), leader);
                if (other != null && !other.equals(leader)) {
                    findings.accept(Finding.violated(
                            NAME,
                            observed.election() + ": token " + observed.token() + " names " + other + " and " + leader,
                            event.call(),
                            event.returned()));
                }
            }
            Long before = highest.merge(event.process() + " " + observed.election(), observed.token(), Math::max);
            if (observed.token() < before) {
                findings.accept(Finding.violated(
                        NAME,
                        observed.election() + ": observer " + event.process() + " saw token " + observed.token()
                                + " after " + before,
                        event.call(),
                        event.returned()));
            }
        });
    }
}
