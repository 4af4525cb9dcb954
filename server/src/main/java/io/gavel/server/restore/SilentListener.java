package io.gavel.server.restore;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.server.state.StateListener;
import io.gavel.server.state.table.StateEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// For a state that nobody is connected to.
final class SilentListener implements StateListener {
    @Override
    public void onResult(EntryId entryId, long sessionId, long sequence, CommandResult result) {}

    @Override
    public void onRenewed(long sessionId, int originMember, long renewalId, @Nullable Error error) {}

    @Override
    public void onSessionEvent(long sessionId, SessionEvent event) {}

    @Override
    public void onEvents(long revision, List<StateEvent> events) {}

    @Override
    public void onCompacted(long oldestRevision) {}

    @Override
    public void onTurnEnd() {}
}
