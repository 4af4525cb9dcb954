package io.gavel.server.node;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.server.api.grpc.Api;
import io.gavel.server.state.StateListener;
import io.gavel.server.state.table.StateEvent;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Breaks the circle between the agents, which tell the API what happened, and the API, which asks the agents.
///
/// Until the API is there nobody can be waiting for what the agents tell.
final class ApiBridge implements StateListener {
    private volatile @Nullable Api api;
    private volatile @Nullable Health health;
    private volatile @Nullable WatchSupply watches;
    private final AtomicBoolean serving = new AtomicBoolean();

    /// Whether requests can be served, and who wants to know.
    record Health(BooleanSupplier hasLeader, Consumer<Boolean> listener) {}

    void connect(Api ready, WatchSupply supply) {
        api = ready;
        watches = supply;
    }

    /// Reports from now on when a leader comes to be known or is lost.
    void report(Health toWhom) {
        health = toWhom;
    }

    @Override
    public void onResult(EntryId entryId, long sessionId, long sequence, CommandResult result) {}

    @Override
    public void onRenewed(long sessionId, int originMember, long renewalId, @Nullable Error error) {}

    @Override
    public void onSessionEvent(long sessionId, SessionEvent event) {
        Api ready = api;
        if (ready != null) {
            ready.onSessionEvent(sessionId, event);
        }
    }

    @Override
    public void onEvents(long revision, List<StateEvent> events) {
        WatchSupply supply = watches;
        if (supply != null) {
            supply.onEvents(revision, events);
        }
    }

    @Override
    public void onCompacted(long oldestRevision) {}

    /// The apply agent's turn is over.
    @Override
    public void onTurnEnd() {
        WatchSupply supply = watches;
        Api ready = api;
        if (supply != null && supply.onTurnEnd() && ready != null) {
            ready.onStateReplaced();
        }
        endTurn();
    }

    /// The turn of an agent is over, whichever it is.
    void endTurn() {
        Api ready = api;
        if (ready != null) {
            ready.onTurnEnd();
        }
        Health reported = health;
        if (reported != null) {
            boolean hasLeader = reported.hasLeader().getAsBoolean();
            if (serving.compareAndSet(!hasLeader, hasLeader)) {
                reported.listener().accept(hasLeader);
            }
        }
    }
}
