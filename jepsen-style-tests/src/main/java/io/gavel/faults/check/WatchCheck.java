package io.gavel.faults.check;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Answer.WatchEvent;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/// I24: a watch delivers exactly the changes that match, in revision order, from its first revision up to where it
/// says to be complete; a marked snapshot stands for all revisions up to its own and shows the state there.
///
/// Compared with the ledger where the replicated state was followed, otherwise with the acknowledged changes.
public final class WatchCheck implements Check {
    private static final String NAME = "I24 watch";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        SortedMap<Long, Map<String, Observation.Change>> known = known(evidence);
        Set<String> written = written(evidence);
        for (Operation operation : evidence.operations()) {
            if (operation.call() instanceof Call.Watch watch
                    && operation.isOk()
                    && operation.answer() instanceof Answer.Seen seen) {
                String wrong = new Subscription(watch, seen, known, written, evidence.ledger()).judge();
                if (!wrong.isEmpty()) {
                    findings.accept(Finding.violated(NAME, wrong, List.of(operation)));
                }
            }
        }
    }

    private static SortedMap<Long, Map<String, Observation.Change>> known(Evidence evidence) {
        SortedMap<Long, Map<String, Observation.Change>> known = new TreeMap<>();
        evidence.ledger()
                .revisions()
                .forEach((revision, changes) -> changes.forEach(change -> add(known, revision, change)));
        for (Operation operation : evidence.operations()) {
            Long revision = Revisions.of(operation);
            if (revision != null && evidence.ledger().isEmpty()) {
                Writes.of(operation).forEach(change -> add(known, revision, change));
            }
        }
        return known;
    }

    private static void add(
            SortedMap<Long, Map<String, Observation.Change>> known, long revision, Observation.Change change) {
        known.computeIfAbsent(revision, unseen -> new TreeMap<>()).put(change.key(), change);
    }

    private static Set<String> written(Evidence evidence) {
        Set<String> written = new HashSet<>();
        evidence.operations().stream()
                .filter(Operation::isPossible)
                .forEach(operation -> written.addAll(Mentions.written(operation.call())));
        return written;
    }

    /// One watch while it is judged; the first thing that is wrong is told.
    private static final class Subscription {
        private final Call.Watch watch;
        private final Answer.Seen seen;
        private final SortedMap<Long, Map<String, Observation.Change>> known;
        private final Set<String> written;
        private final Ledger ledger;
        private final Set<String> delivered = new HashSet<>();
        private String wrong = "";

        Subscription(
                Call.Watch watch,
                Answer.Seen seen,
                SortedMap<Long, Map<String, Observation.Change>> known,
                Set<String> written,
                Ledger ledger) {
            this.watch = watch;
            this.seen = seen;
            this.known = known;
            this.written = written;
            this.ledger = ledger;
        }

        String judge() {
            long last = 0;
            long snapshotAt = 0;
            long completeFrom = watch.from() == null ? Long.MAX_VALUE : watch.from();
            for (WatchEvent event : seen.events()) {
                long revision = event.revision();
                if (revision < last || (revision == last && snapshotAt == last && last != 0)) {
                    fail("revision " + revision + " came after " + last);
                }
                if (event.type() == WatchEvent.Type.SNAPSHOT) {
                    findMissing(completeFrom, last);
                    onSnapshot(event);
                    snapshotAt = revision;
                    completeFrom = revision + 1;
                } else {
                    onChange(event);
                    completeFrom = Math.min(completeFrom, revision);
                }
                last = revision;
            }
            findMissing(completeFrom, Math.max(last, seen.upTo() == null ? 0 : seen.upTo()));
            return wrong;
        }

        private void fail(String text) {
            if (wrong.isEmpty()) {
                wrong = text;
            }
        }

        private boolean matches(String key) {
            return watch.prefix() ? key.startsWith(watch.key()) : key.equals(watch.key());
        }

        private void onChange(WatchEvent event) {
            String what = "revision " + event.revision() + " of " + event.key();
            if (!matches(event.key())) {
                fail(what + " does not match");
            }
            if (watch.from() != null && event.revision() < watch.from()) {
                fail(what + " is before the first revision that was asked for");
            }
            if (!delivered.add(event.revision() + " " + event.key())) {
                fail(what + " came twice");
            }
            compare(event, what);
        }

        private void compare(WatchEvent event, String what) {
            Map<String, Observation.Change> changes = known.get(event.revision());
            Observation.Change change = changes == null ? null : changes.get(event.key());
            boolean complete = !ledger.isEmpty();
            if (change != null) {
                if (!Objects.equals(change.value(), event.value())) {
                    fail(what + " was delivered as " + event.value() + " but is " + change.value());
                }
            } else if (complete || (changes != null && !isTransactionDelete(event))) {
                fail(what + " was delivered but never made");
            } else if (event.value() != null && !written.contains(Mentions.written(event.key(), event.value()))) {
                fail(what + " was delivered as " + event.value() + ", which nobody wrote");
            }
        }

        /// An answer does not tell which deletes of a transaction deleted something.
        private static boolean isTransactionDelete(WatchEvent event) {
            return event.type() == WatchEvent.Type.DELETE;
        }

        private void onSnapshot(WatchEvent event) {
            if (ledger.isEmpty()) {
                return;
            }
            SortedMap<String, String> expected = ledger.entriesAt(event.revision());
            expected.keySet().removeIf(key -> !matches(key));
            if (!expected.equals(event.entries())) {
                fail("the marked snapshot at revision " + event.revision() + " shows " + event.entries() + ", not "
                        + expected);
            }
        }

        private void findMissing(long from, long upTo) {
            if (from > upTo) {
                return;
            }
            known.subMap(from, upTo + 1).forEach((revision, changes) -> {
                for (String key : changes.keySet()) {
                    if (matches(key) && !delivered.contains(revision + " " + key)) {
                        fail("revision " + revision + " of " + key + " is missing, though it says to be complete up to "
                                + upTo);
                    }
                }
            });
        }
    }
}
