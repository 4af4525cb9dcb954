package io.gavel.server.node;

import io.gavel.server.state.Published;
import io.gavel.server.state.StateMachine;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.watch.WatchHub;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Feeds the watches from whichever state machine is in force. Confined to the apply agent, except before it starts.
final class WatchSupply {
    private final WatchHub hub;
    private final Supplier<StateMachine> machine;
    private @Nullable StateMachine followed;
    private boolean replaced;

    WatchSupply(WatchHub hub, Supplier<StateMachine> machine) {
        this.hub = hub;
        this.machine = machine;
        follow();
    }

    void onEvents(long revision, List<StateEvent> events) {
        // What a machine holds when it takes over includes what it has just published.
        if (!follow()) {
            hub.onEvents(revision, events);
        }
    }

    /// Returns whether another state machine took over during the turn.
    boolean onTurnEnd() {
        follow();
        Published published = machine.get().published();
        hub.onPublished(published.revision(), published.replicatedTimeNanos());
        boolean before = replaced;
        replaced = false;
        return before;
    }

    /// Whether another state machine took over since the last call: at the start, and when a snapshot was installed.
    private boolean follow() {
        StateMachine present = machine.get();
        if (present == followed) {
            return false;
        }
        followed = present;
        replaced = true;
        Published published = present.published();
        hub.onRestored(
                present.keyHistory(),
                published.revision(),
                published.replicatedTimeNanos(),
                present.newestReleases(),
                present.currentLeaders());
        return true;
    }
}
