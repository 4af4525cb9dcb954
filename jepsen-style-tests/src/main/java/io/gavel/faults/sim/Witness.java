package io.gavel.faults.sim;

import io.gavel.faults.history.Event;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Observation;
import io.gavel.faults.sim.check.Chronicle;
import io.gavel.faults.sim.check.Goal;
import io.gavel.faults.sim.check.KnownStarts;
import io.gavel.faults.sim.check.RaftLedger;
import io.gavel.faults.sim.check.Reached;
import io.gavel.faults.sim.check.StallRule;
import io.gavel.faults.sim.check.StateLedger;
import io.gavel.faults.sim.check.ViolationException;
import io.gavel.faults.sim.fault.Moment;
import io.gavel.faults.sim.node.NodeObserver;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.Message;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.Recovered;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.state.StateMachine;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.storage.PeerBoot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/// Sees everything that happens inside the nodes of a run: hands it to those who judge, and keeps the record of it.
final class Witness implements NodeObserver {
    /// What a witness needs of the world.
    interface World {
        long nowNanos();

        void event(RunEvent.Kind kind, int node, String text, long term);

        /// A process ended by itself, or could not start.
        void onEnded(int node, boolean startFailed);

        /// Whether the member's last crash kept a write to its journal in part.
        boolean hasTornJournal(int node);

        /// The member asks for a write that some fault waits for.
        void onMoment(int node, Moment moment);

        /// What a recovery would find on the member's disk as it is; null = the disk was damaged before, and it finds
        /// nothing that it trusts.
        @Nullable
        Recovered recoverCopy(int node);

        /// Without messages for so long a member campaigns.
        long electionTimeoutNanos();

        /// The commit index of a running member's core; 0 = it does not run.
        long commitIndex(int node);
    }

    private record Role(RaftStatus.RoleName name, long term) {}

    private final World world;
    private final History history;
    private final Chronicle.Clients clients;
    private final Reached reached;
    private final RaftLedger ledger;
    private final KnownStarts starts = new KnownStarts();
    private final StateLedger states = new StateLedger();
    private final Chronicle chronicle;
    private final SortedMap<Integer, Role> roles = new TreeMap<>();
    private final TreeSet<Integer> rolledBack = new TreeSet<>();
    private final IntToLongFunction commitIndexes;
    /// The write of a member after which its disk is looked at as a recovery would.
    private final Map<Integer, Long> watchedWrites = new TreeMap<>();
    private final StallRule stalls = new StallRule();
    private long compactedRevision;

    Witness(World world, History history, Reached reached, Chronicle.Clients clients) {
        this.world = world;
        this.history = history;
        this.reached = reached;
        this.clients = clients;
        this.ledger = new RaftLedger(reached);
        this.chronicle = new Chronicle(ledger, reached, history, clients);
        this.commitIndexes = world::commitIndex;
    }

    RaftLedger ledger() {
        return ledger;
    }

    /// Which starts of each other the members remember.
    KnownStarts starts() {
        return starts;
    }

    Chronicle chronicle() {
        return chronicle;
    }

    /// Whether the member's disk once went back in time: its peers may refuse it for ever, and are right.
    boolean isRolledBack(int node) {
        return rolledBack.contains(node);
    }

    /// A message between members leaves.
    void onSend(int from, int to, Message message) {
        ledger.onSend(from, to, message);
    }

    // ---- processes and disks

    @Override
    public void onStart(int node, Recovered recovered) {
        watchedWrites.remove(node);
        stalls.onStart(node);
        ledger.onStart(node, recovered);
        chronicle.onRestored(node, recovered.snapshot().lastIncluded().index());
        if (world.hasTornJournal(node)) {
            reached.hit(Goal.TORN_TAIL);
        }
        world.event(RunEvent.Kind.START, node, "started at " + recovered.lastEntry(), 0);
    }

    @Override
    public void onDeath(int node, SimDisk.Keep keep, boolean owed) {
        if (owed && ledger.leads(node)) {
            reached.hit(Goal.LEADER_CRASH_AFTER_SYNC);
        }
        roles.remove(node);
        world.event(RunEvent.Kind.DEATH, node, "died: " + keep, 0);
    }

    @Override
    public void onRolledBack(int node) {
        ledger.onRolledBack(node);
        rolledBack.add(node);
    }

    @Override
    public void onHalt(int node, ExitCode code, String reason) {
        roles.remove(node);
        reached.count("halts with " + code);
        world.event(RunEvent.Kind.DEATH, node, "exit " + code.code() + ": " + reason, 0);
        world.onEnded(node, false);
    }

    @Override
    public void onStartFailed(int node, String reason) {
        reached.count("cannot start");
        world.event(RunEvent.Kind.DEATH, node, "cannot start: " + reason, 0);
        boolean passes = reason.contains("input/output error") || reason.contains("no space");
        if (!passes && !ledger.isDamaged(node)) {
            throw new ViolationException(
                    "I14", "member " + node + " cannot start, although its disk was never damaged: " + reason);
        }
        world.onEnded(node, true);
    }

    @Override
    public void onJournal(int node, Effect.ForJournal effect) {
        boolean promises = effect instanceof Effect.Persist write && ledger.isPromise(node, write.hardState());
        ledger.onJournal(node, effect, () -> commitIndexes.applyAsLong(node));
        if (effect instanceof Effect.Persist persist) {
            for (Entry entry : persist.entries()) {
                chronicle.onAppended(entry.id(), world.nowNanos());
            }
            if (persist.truncateFrom() > 0 || promises) {
                watchedWrites.put(node, persist.writeId());
            }
        } else if (effect instanceof Effect.ResetLog reset) {
            chronicle.onRestored(node, reset.meta().lastIncluded().index());
            watchedWrites.put(node, reset.writeId());
        }
        Moment moment = Moment.of(effect);
        if (moment != null) {
            world.onMoment(node, moment);
        }
    }

    @Override
    public void onDurable(int node, long writeId) {
        ledger.onDurable(node, writeId);
        if (watchedWrites.remove(node, writeId)) {
            Recovered recovered = world.recoverCopy(node);
            if (recovered != null) {
                ledger.onCopyRecovered(node, recovered);
            }
        }
    }

    @Override
    public void onPeerRecorded(int node, PeerBoot peer) {
        starts.onRecorded(node, peer);
    }

    @Override
    public void onSnapshot(int node, EntryId lastIncluded) {
        ledger.onSnapshot(node, lastIncluded);
        reached.count("snapshot");
        world.event(RunEvent.Kind.SNAPSHOT, node, "snapshot of " + lastIncluded, 0);
    }

    // ---- agents

    @Override
    public void onConsensusTurn(int node, RaftStatus status) {
        ledger.onTurn(node, status);
        stalls.onTurn(node, status, world.nowNanos(), world.electionTimeoutNanos());
        Role role = new Role(status.role(), status.hardState().currentTerm());
        if (!role.equals(roles.put(node, role))) {
            world.event(RunEvent.Kind.ROLE, node, role.name().name(), role.term());
        }
    }

    @Override
    public void onApplyTurn(int node, StateMachine machine) {
        ledger.onApplied(node, machine.published().lastApplied());
        states.onApplied(node, machine);
    }

    @Override
    public void onEntry(int node, EntryId id, CommandResult result, StateMachine machine) {
        states.onApplied(node, machine);
        chronicle.onEntry(node, id, result, machine, world.nowNanos());
    }

    @Override
    public void onRenewed(int node, long session, @Nullable Error error) {
        chronicle.onRenewed(node, session, error);
    }

    @Override
    public void onSessionEvent(int node, long session, SessionEvent event) {
        chronicle.onSessionEvent(node, session, event);
    }

    @Override
    public void onEvents(int node, long revision, List<StateEvent> told) {
        boolean first = states.onEvents(node, revision, told);
        List<Observation.Change> changes = new ArrayList<>();
        for (StateEvent event : told) {
            if (event instanceof StateEvent.LeaderChanged(var election, var leader) && leader != null) {
                chronicle.checkGrantee(node, leader.getSessionId(), election);
            } else if (event instanceof StateEvent.KeyChanged changed) {
                byte[] value = changed.current().value();
                boolean absent = value == null || changed.current().isTombstone();
                changes.add(new Observation.Change(
                        new String(changed.key(), StandardCharsets.UTF_8),
                        absent ? null : new String(value, StandardCharsets.UTF_8)));
            }
        }
        if (first && !changes.isEmpty()) {
            history.add(Event.at(world.nowNanos(), -node, new Observation.Committed(revision, changes)));
        }
    }

    @Override
    public void onCompacted(int node, long oldestRevision) {
        if (oldestRevision > compactedRevision) {
            compactedRevision = oldestRevision;
            clients.onCompacted(oldestRevision);
            history.add(Event.at(world.nowNanos(), -node, new Observation.Compacted(oldestRevision)));
        }
    }
}
