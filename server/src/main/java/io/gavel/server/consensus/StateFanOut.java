package io.gavel.server.consensus;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.state.StateListener;
import io.gavel.server.state.table.StateEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Brings what the state machine tells to those who wait for it: results and renewals to this member's clients, the
/// rest to the API. Confined to the apply agent.
final class StateFanOut implements StateListener {
    private final NodeId self;
    private final ResultWaiters waiters;
    private final StateListener api;

    StateFanOut(NodeId self, ResultWaiters waiters, StateListener api) {
        this.self = self;
        this.waiters = waiters;
        this.api = api;
    }

    @Override
    public void onResult(EntryId entryId, long sessionId, long sequence, CommandResult result) {
        waiters.onResult(entryId, result);
        api.onResult(entryId, sessionId, sequence, result);
    }

    @Override
    public void onRenewed(long sessionId, int originMember, long renewalId, @Nullable Error error) {
        if (originMember == self.value()) {
            waiters.onRenewed(renewalId, error);
        }
        api.onRenewed(sessionId, originMember, renewalId, error);
    }

    @Override
    public void onSessionEvent(long sessionId, SessionEvent event) {
        api.onSessionEvent(sessionId, event);
    }

    @Override
    public void onEvents(long revision, List<StateEvent> events) {
        api.onEvents(revision, events);
    }

    @Override
    public void onCompacted(long oldestRevision) {
        api.onCompacted(oldestRevision);
    }

    @Override
    public void onTurnEnd() {
        api.onTurnEnd();
    }
}
