package io.gavel.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;

/// The durable state of one member in a [CoreFixture]: what journal effects leave behind once they are persisted.
final class SimDisk {
    private HardState hardState = HardState.INITIAL;
    private SnapshotMeta snapshot;
    private List<String> snapshotState = List.of();
    private EntryId base = EntryId.ZERO;
    private long repairUntil;
    private final TreeMap<Long, Entry> entries = new TreeMap<>();

    SimDisk(SnapshotMeta bootstrap) {
        this.snapshot = bootstrap;
    }

    SnapshotMeta snapshot() {
        return snapshot;
    }

    List<String> snapshotState() {
        return snapshotState;
    }

    Entry entry(long index) {
        return Objects.requireNonNull(entries.get(index), () -> "no entry at " + index);
    }

    List<Entry> range(long first, long last) {
        return List.copyOf(entries.subMap(first, true, last, true).values());
    }

    void storeSnapshot(SnapshotMeta meta, List<String> state) {
        snapshot = meta;
        snapshotState = List.copyOf(state);
    }

    void apply(Effect.ForJournal effect) {
        switch (effect) {
            case Effect.Persist persist -> {
                hardState = persist.hardState();
                if (persist.truncateFrom() > 0) {
                    entries.tailMap(persist.truncateFrom(), true).clear();
                }
                persist.entries().forEach(entry -> entries.put(entry.index(), entry));
            }
            case Effect.ResetLog reset -> {
                hardState = reset.hardState();
                base = reset.meta().lastIncluded();
                entries.clear();
            }
            case Effect.MarkRepaired _ -> repairUntil = 0;
            case Effect.MarkRepairing mark -> repairUntil = mark.until();
            case Effect.CompactPrefix compact -> {
                base = compact.through();
                entries.headMap(base.index(), true).clear();
            }
            case Effect.SendLogRange _ -> {}
        }
    }

    /// Rot: everything from `index` on is gone, and recovery knows how far the log once reached (rule 25).
    void damageFrom(long index) {
        repairUntil = entries.lastKey();
        entries.tailMap(index, true).clear();
    }

    /// As [#damageFrom], but nothing on the disk tells of it.
    void loseFrom(long index) {
        entries.tailMap(index, true).clear();
    }

    Recovered recover() {
        entries.headMap(snapshot.lastIncluded().index(), true).clear();
        List<TermRun> runs = new ArrayList<>();
        List<Entry> configurations = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (runs.isEmpty() || runs.getLast().term() != entry.term()) {
                runs.add(new TermRun(entry.term(), entry.index()));
            }
            if (entry.kind() == EntryKind.CONFIGURATION) {
                configurations.add(entry);
            }
        }
        EntryId last = entries.isEmpty()
                ? snapshot.lastIncluded()
                : entries.lastEntry().getValue().id();
        return new Recovered(
                hardState, snapshot, runs, last, configurations, List.copyOf(entries.values()), repairUntil);
    }
}
