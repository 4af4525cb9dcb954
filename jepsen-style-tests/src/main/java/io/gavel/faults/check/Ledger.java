package io.gavel.faults.check;

import io.gavel.faults.history.Event;
import io.gavel.faults.history.Observation;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// The revisions that the replicated state is known to have made; empty where nobody reported them.
public final class Ledger {
    private final TreeMap<Long, List<Observation.Change>> revisions = new TreeMap<>();

    private Ledger() {}

    static Ledger of(List<Event> events) {
        var ledger = new Ledger();
        for (Event event : events) {
            if (event.observation() instanceof Observation.Committed committed) {
                ledger.revisions.putIfAbsent(committed.revision(), committed.changes());
            }
        }
        return ledger;
    }

    /// Whether nobody reported revisions.
    public boolean isEmpty() {
        return revisions.isEmpty();
    }

    /// The changes by revision.
    public SortedMap<Long, List<Observation.Change>> revisions() {
        return revisions;
    }

    /// All keys as of a revision.
    public SortedMap<String, String> entriesAt(long revision) {
        var entries = new TreeMap<String, String>();
        for (List<Observation.Change> changes :
                revisions.headMap(revision, true).values()) {
            for (Observation.Change change : changes) {
                String value = change.value();
                if (value == null) {
                    entries.remove(change.key());
                } else {
                    entries.put(change.key(), value);
                }
            }
        }
        return entries;
    }
}
