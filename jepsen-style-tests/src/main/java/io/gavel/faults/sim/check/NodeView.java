package io.gavel.faults.sim.check;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.quorum.Configuration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// What the observer knows of one member's disk and core.
final class NodeView {
    final int node;
    final NodeLog written = new NodeLog();
    final NodeLog durable = new NodeLog();
    final Deque<Effect.ForJournal> pending = new ArrayDeque<>();
    EntryId durableSnapshot = EntryId.ZERO;
    long applied;
    long commitIndex;
    boolean leads;
    long term;
    boolean damaged;
    boolean rolledBack;
    /// It lost committed entries and is to get them from others.
    boolean refetches;
    Configuration configuration = Configuration.EMPTY;

    @Nullable
    RaftStatus status;

    NodeView(int node) {
        this.node = node;
    }

    /// The lowest index that a write on its way may replace; `Long.MAX_VALUE` = none.
    long firstPendingChange() {
        long first = Long.MAX_VALUE;
        for (Effect.ForJournal effect : pending) {
            if (effect instanceof Effect.Persist persist) {
                first = persist.truncateFrom() > 0 ? Math.min(first, persist.truncateFrom()) : first;
                first = persist.entries().isEmpty()
                        ? first
                        : Math.min(first, persist.entries().getFirst().index());
            } else if (effect instanceof Effect.ResetLog) {
                first = 0;
            }
        }
        return first;
    }

    /// Whether a write on its way has this entry.
    boolean isPending(EntryId id) {
        for (Effect.ForJournal effect : pending) {
            if (effect instanceof Effect.Persist persist) {
                for (Entry entry : persist.entries()) {
                    if (entry.id().equals(id)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /// The number under which the journal reports the write; -1 = it reports none.
    static long writeIdOf(Effect.ForJournal effect) {
        return switch (effect) {
            case Effect.Persist persist -> persist.writeId();
            case Effect.ResetLog reset -> reset.writeId();
            case Effect.MarkRepaired repaired -> repaired.writeId();
            case Effect.MarkRepairing repairing -> repairing.writeId();
            case Effect.SendLogRange _, Effect.CompactPrefix _ -> -1;
        };
    }
}
