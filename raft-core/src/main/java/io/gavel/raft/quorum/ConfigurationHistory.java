package io.gavel.raft.quorum;

import io.gavel.raft.check.Invariants;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.function.ObjLongConsumer;

/// The configurations of the log: the newest committed one and those appended after it.
///
/// The newest acts, committed or not, and its predecessor acts again when it is truncated (rule 18, §6).
public final class ConfigurationHistory {
    private record Appended(long index, Configuration configuration) {}

    /// Invariant: never empty; indices rise; only the first may be committed.
    private final ArrayDeque<Appended> appended = new ArrayDeque<>();

    private long commitIndex;

    public ConfigurationHistory(long index, Configuration configuration) {
        reset(index, configuration);
    }

    /// The configuration that acts.
    public Configuration newest() {
        return appended.getLast().configuration();
    }

    public long newestIndex() {
        return appended.getLast().index();
    }

    public boolean newestIsCommitted() {
        return newestIndex() <= commitIndex;
    }

    /// The configuration that acts, if the log ended at `index`, which is at or after the last commit.
    public Configuration at(long index) {
        Configuration found = appended.getFirst().configuration();
        for (Appended each : appended) {
            if (each.index() <= index) {
                found = each.configuration();
            }
        }
        return found;
    }

    /// Notes a configuration appended at `index`, above all others; it acts from now on (Raft paper §6).
    public void append(long index, Configuration configuration) {
        Invariants.check(index > newestIndex(), "configurations rise in the log", newestIndex(), index);
        appended.addLast(new Appended(index, configuration));
    }

    /// Forgets what stood at `index` and after; returns whether another configuration acts now.
    public boolean truncateFrom(long index) {
        Invariants.check(index > commitIndex, "a committed configuration stays", commitIndex, index);
        boolean reverted = false;
        while (appended.size() > 1 && newestIndex() >= index) {
            appended.removeLast();
            reverted = true;
        }
        return reverted;
    }

    /// Notes the commit and reports each configuration that it committed.
    public void commitThrough(long index, ObjLongConsumer<Configuration> committed) {
        commitIndex = index;
        Iterator<Appended> later = appended.iterator();
        later.next();
        int superseded = 0;
        while (later.hasNext()) {
            Appended next = later.next();
            if (next.index() <= index) {
                superseded++;
                committed.accept(next.configuration(), next.index());
            }
        }
        for (int i = 0; i < superseded; i++) {
            appended.removeFirst();
        }
    }

    /// Starts again from a snapshot.
    public void reset(long index, Configuration configuration) {
        appended.clear();
        appended.addLast(new Appended(index, configuration));
        commitIndex = index;
    }
}
