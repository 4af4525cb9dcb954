package io.gavel.server.state;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.server.state.table.StateEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the state machine tells the rest of the node, in log order, on the apply agent, after the entry's effects are
/// published. Must neither block nor throw.
public interface StateListener {
    /// A command was executed, or answered from its session's stored results. Server commands and commands without a
    /// session carry 0 and 0: they are told apart by their entry.
    void onResult(EntryId entryId, long sessionId, long sequence, CommandResult result);

    /// A renewal was applied, or refused with the error.
    void onRenewed(long sessionId, int originMember, long renewalId, @Nullable Error error);

    void onSessionEvent(long sessionId, SessionEvent event);

    /// All events of one revision together.
    void onEvents(long revision, List<StateEvent> events);

    /// Revisions below this one are no longer readable.
    void onCompacted(long oldestRevision);

    /// The apply agent has no more entries at hand: send what was gathered.
    void onTurnEnd();
}
