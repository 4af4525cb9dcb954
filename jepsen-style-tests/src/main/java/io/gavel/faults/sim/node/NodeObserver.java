package io.gavel.faults.sim.node;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.Effect;
import io.gavel.raft.EntryId;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.Recovered;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.state.StateMachine;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.storage.PeerBoot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Hears everything that happens inside simulated nodes, at once.
public interface NodeObserver {
    /// A process recovered its disk.
    void onStart(int node, Recovered recovered);

    /// A process died, and this survived on its disk.
    ///
    /// @param owed something was synced that the process had not heard of yet
    void onDeath(int node, SimDisk.Keep keep, boolean owed);

    /// The member's disk is an older copy from now on.
    void onRolledBack(int node);

    /// A process ended by its own decision.
    void onHalt(int node, ExitCode code, String reason);

    /// A process could not start; its disk is not usable as it is.
    void onStartFailed(int node, String reason);

    /// The core asks for a write.
    void onJournal(int node, Effect.ForJournal effect);

    /// A write is durable.
    void onDurable(int node, long writeId);

    /// What the member knows of a start of another one is durable.
    void onPeerRecorded(int node, PeerBoot peer);

    /// A snapshot file is durable under its name.
    void onSnapshot(int node, EntryId lastIncluded);

    /// The consensus agent had a turn.
    void onConsensusTurn(int node, RaftStatus status);

    /// The apply agent had a turn.
    void onApplyTurn(int node, StateMachine machine);

    /// The state machine applied a command entry and answers it.
    void onEntry(int node, EntryId id, CommandResult result, StateMachine machine);

    /// The state machine applied a renewal, or refused it.
    void onRenewed(int node, long session, @Nullable Error error);

    /// The state machine tells a session's client something.
    void onSessionEvent(int node, long session, SessionEvent event);

    /// The state machine tells the events of a revision.
    void onEvents(int node, long revision, List<StateEvent> events);

    /// History below this revision is gone.
    void onCompacted(int node, long oldestRevision);
}
