package io.gavel.faults.sim.fault;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryKind;
import org.jspecify.annotations.Nullable;

/// What a member has just asked its journal for: moments at which a fault hurts most.
public enum Moment {
    /// A term or a vote, and nothing else.
    PROMISE,
    /// The end of the log is cut off.
    TRUNCATION,
    /// A configuration is appended.
    CONFIGURATION,
    /// The log begins anew after a snapshot of the leader's.
    RESET,
    /// The beginning of the log is given up.
    COMPACTION;

    /// The moment that this write is; null = none of them.
    public static @Nullable Moment of(Effect.ForJournal effect) {
        return switch (effect) {
            case Effect.Persist persist -> ofWrite(persist);
            case Effect.ResetLog _ -> RESET;
            case Effect.CompactPrefix _ -> COMPACTION;
            case Effect.MarkRepaired _, Effect.MarkRepairing _, Effect.SendLogRange _ -> null;
        };
    }

    private static @Nullable Moment ofWrite(Effect.Persist persist) {
        for (Entry entry : persist.entries()) {
            if (entry.kind() == EntryKind.CONFIGURATION) {
                return CONFIGURATION;
            }
        }
        if (persist.truncateFrom() > 0) {
            return TRUNCATION;
        }
        return persist.entries().isEmpty() ? PROMISE : null;
    }
}
