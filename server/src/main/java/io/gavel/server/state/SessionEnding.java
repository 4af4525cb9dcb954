package io.gavel.server.state;

import io.gavel.server.state.kv.KeyValueCommands;
import io.gavel.server.state.table.EndedSession;
import io.gavel.server.state.table.ExpiryBudget;
import io.gavel.server.state.table.OwnershipTable;

/// Ends sessions, with all that they own, and lets time take its course. Confined to the apply agent.
final class SessionEnding {
    private final Tables tables;
    private final KeyValueCommands keys;

    SessionEnding(Tables tables, KeyValueCommands keys) {
        this.tables = tables;
        this.keys = keys;
    }

    /// Ends an existing session in the present change: what it held passes on, its keys go, its results are lost.
    void end(EndedSession ended, EntryContext context) {
        // Removed first: from here on no table sees it alive, so none can grant to it again.
        tables.sessions.remove(ended.sessionId());
        for (OwnershipTable owner : tables.ownership) {
            owner.onSessionEnded(ended, context);
        }
        keys.deleteKeysOf(ended.sessionId(), context);
        switch (ended.reason()) {
            case CLOSED -> {}
            case EXPIRED -> context.notifyEnded(ended.sessionId(), "has expired");
            case EVICTED -> context.notifyEnded(ended.sessionId(), "was evicted by an operator");
            case WINDOW_EXCEEDED -> context.notifyEnded(ended.sessionId(), "had too many requests in flight");
        }
    }

    /// Removes what replicated time has ended, up to the limits of one entry (rule 2): sessions in the order
    /// (deadline, id), then keys in the order (deadline, key), then waits and delays. Each is a change of its own.
    ///
    /// @return whether something due was left for the next entry
    boolean expire(EntryContext context) {
        ExpiryBudget budget = new ExpiryBudget(
                context.settings().getExpirySessionsPerEntry(),
                context.settings().getExpiryKeysPerEntry());
        boolean first = true;
        for (long id = tables.sessions.nextDead(); id != 0; id = tables.sessions.nextDead()) {
            if (!budget.takeSession(belongings(id), first)) {
                break;
            }
            first = false;
            context.nextChange();
            end(new EndedSession(id, EndedSession.Reason.EXPIRED, 0), context);
        }
        keys.deleteDueKeys(context, budget);
        for (OwnershipTable owner : tables.ownership) {
            owner.onTime(context, budget);
        }
        context.nextChange();
        return budget.exceeded();
    }

    /// Everything that goes with the session.
    private int belongings(long sessionId) {
        int count = tables.store.countEphemeral(sessionId);
        for (OwnershipTable owner : tables.ownership) {
            count += owner.countClaims(sessionId);
        }
        return count;
    }

    /// Whether time alone could end anything, so that the leader must keep it going.
    boolean anythingCanExpire() {
        if (!tables.sessions.isEmpty() || keys.anythingCanExpire()) {
            return true;
        }
        for (OwnershipTable owner : tables.ownership) {
            if (owner.anythingCanExpire()) {
                return true;
            }
        }
        return false;
    }
}
