package io.gavel.faults.sim.check;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.HardState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The observer's copy of one journal: one for what was asked to be written, one for what is durable.
final class NodeLog {
    private final ArrayList<Entry> entries = new ArrayList<>();
    private HardState hardState = HardState.INITIAL;
    private EntryId base = EntryId.ZERO;
    private EntryId compactThrough = EntryId.ZERO;
    private long repairUntil;

    NodeLog copy() {
        NodeLog copy = new NodeLog();
        copy.set(this);
        return copy;
    }

    void set(NodeLog other) {
        entries.clear();
        entries.addAll(other.entries);
        hardState = other.hardState;
        base = other.base;
        compactThrough = other.compactThrough;
        repairUntil = other.repairUntil;
    }

    /// What a recovery found.
    void restore(HardState state, EntryId newBase, List<Entry> found, long repair) {
        entries.clear();
        entries.addAll(found);
        hardState = state;
        base = newBase;
        compactThrough = newBase;
        repairUntil = repair;
    }

    HardState hardState() {
        return hardState;
    }

    EntryId base() {
        return base;
    }

    long repairUntil() {
        return repairUntil;
    }

    EntryId last() {
        return entries.isEmpty() ? base : entries.getLast().id();
    }

    /// The entry at `index`, or null when it is compacted or beyond the end.
    @Nullable
    Entry at(long index) {
        long position = index - base.index() - 1;
        return position < 0 || position >= entries.size() ? null : entries.get((int) position);
    }

    /// Whether this very entry is in the log, or something is in its compacted prefix.
    boolean holds(EntryId id) {
        if (id.index() <= base.index()) {
            return true;
        }
        Entry entry = at(id.index());
        return entry != null && entry.term() == id.term();
    }

    /// Index of the newest configuration entry; 0 when there is none after the base.
    long newestConfigurationIndex() {
        for (int i = entries.size() - 1; i >= 0; i--) {
            if (entries.get(i).kind() == EntryKind.CONFIGURATION) {
                return entries.get(i).index();
            }
        }
        return 0;
    }

    List<Entry> entries() {
        return entries;
    }

    void apply(Effect.ForJournal effect) {
        switch (effect) {
            case Effect.Persist persist -> persist(persist);
            case Effect.ResetLog reset -> {
                entries.clear();
                base = reset.meta().lastIncluded();
                hardState = reset.hardState();
            }
            case Effect.MarkRepaired _ -> repairUntil = 0;
            case Effect.MarkRepairing repairing -> repairUntil = repairing.until();
            case Effect.CompactPrefix compact -> {
                compactThrough = compact.through();
                compact();
            }
            case Effect.SendLogRange _ -> {}
        }
    }

    private void persist(Effect.Persist persist) {
        hardState = persist.hardState();
        if (persist.truncateFrom() > 0) {
            truncateFrom(persist.truncateFrom());
        }
        for (Entry entry : persist.entries()) {
            truncateFrom(entry.index());
            ViolationException.check(
                    entry.index() == last().index() + 1, "I6", () -> "a gap: entry " + entry.id() + " after " + last());
            entries.add(entry);
        }
        compact();
    }

    private void truncateFrom(long index) {
        while (!entries.isEmpty() && entries.getLast().index() >= index) {
            entries.removeLast();
        }
    }

    private void compact() {
        int count = (int) (compactThrough.index() - base.index());
        if (count > 0 && count <= entries.size()) {
            base = entries.get(count - 1).id();
            entries.subList(0, count).clear();
        }
    }
}
