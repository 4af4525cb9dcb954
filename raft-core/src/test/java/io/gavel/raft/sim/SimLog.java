package io.gavel.raft.sim;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.HardState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The content of one journal: hard state and the entries after `base`. One copy is what was written, another
/// what is durable.
final class SimLog {
    private HardState hardState = HardState.INITIAL;
    private EntryId base = EntryId.ZERO;
    private final ArrayList<Entry> entries = new ArrayList<>();
    private long repairUntil;

    SimLog copy() {
        SimLog copy = new SimLog();
        copy.hardState = hardState;
        copy.base = base;
        copy.entries.addAll(entries);
        copy.repairUntil = repairUntil;
        return copy;
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

    /// Whether this very entry is in the log or in the compacted prefix.
    boolean holds(EntryId id) {
        if (id.index() <= base.index()) {
            return true;
        }
        Entry entry = at(id.index());
        return entry != null && entry.term() == id.term();
    }

    /// Index of the newest configuration entry; 0 when there is none after `base`.
    long newestConfigurationIndex() {
        for (int i = entries.size() - 1; i >= 0; i--) {
            if (entries.get(i).kind() == EntryKind.CONFIGURATION) {
                return entries.get(i).index();
            }
        }
        return 0;
    }

    List<Entry> range(long firstIndex, long lastIndex) {
        return new ArrayList<>(
                entries.subList((int) (firstIndex - base.index() - 1), (int) (lastIndex - base.index())));
    }

    void apply(Effect.ForJournal effect) {
        switch (effect) {
            case Effect.Persist persist -> {
                applyPart(persist, persist.entries().size());
            }
            case Effect.ResetLog reset -> {
                resetTo(reset.meta().lastIncluded());
                hardState = reset.hardState();
            }
            case Effect.MarkRepaired mark -> repairUntil = 0;
            case Effect.MarkRepairing mark -> repairUntil = mark.until();
            case Effect.CompactPrefix compact -> compactThrough(compact.through());
            case Effect.SendLogRange range -> {}
        }
    }

    /// What a crash in the middle of a write leaves: hard state, truncation and the first `count` entries.
    void applyPart(Effect.Persist persist, int count) {
        hardState = persist.hardState();
        if (persist.truncateFrom() > 0) {
            truncateFrom(persist.truncateFrom());
        }
        for (Entry entry : persist.entries().subList(0, count)) {
            truncateFrom(entry.index());
            if (entry.index() != last().index() + 1) {
                throw new SimulationFailure("journal gap: entry " + entry.id() + " after " + last());
            }
            entries.add(entry);
        }
    }

    /// Loses everything from `index` on; recovery knows how far the log once went (rule 25).
    void damageFrom(long index) {
        repairUntil = Math.max(repairUntil, last().index());
        truncateFrom(index);
    }

    void resetTo(EntryId lastIncluded) {
        entries.clear();
        base = lastIncluded;
    }

    private void truncateFrom(long index) {
        while (!entries.isEmpty() && entries.getLast().index() >= index) {
            entries.removeLast();
        }
    }

    private void compactThrough(EntryId through) {
        int count = (int) (through.index() - base.index());
        if (count <= 0) {
            return;
        }
        if (count > entries.size()) {
            throw new SimulationFailure("compaction through " + through + " beyond the end " + last());
        }
        entries.subList(0, count).clear();
        base = through;
    }
}
