package io.gavel.faults.sim.node;

import io.gavel.faults.sim.net.Party;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.faults.sim.time.SimProcess;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.Agent;
import io.gavel.server.api.Timers;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.consensus.Lanes;
import io.gavel.server.node.NodeAssembly;
import io.gavel.server.node.NodeAssembly.Role;
import io.gavel.server.peer.v1.ProbeReply;
import io.gavel.server.state.StateListener;
import io.gavel.server.state.StateMachine;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.storage.JournalEvents;
import io.gavel.server.storage.PeerBoot;
import io.gavel.server.transport.PeerEndpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One life of a node's process: the production assembly, its agents driven by the scheduler instead of threads.
///
/// A sync takes no virtual time inside the turn that asks for it; instead the journal's reports, and its next turn,
/// come later by what the sync takes.
public final class NodeLife {
    private static final long WAKE_NANOS = 60_000;
    private static final long READER_NANOS = 300_000;

    private final SimNode node;
    private final SimNode.World world;
    private final Scheduler scheduler;
    private final Party party;
    private final RandomGenerator random;
    private final SimPeerNetwork peers;
    private final Map<Role, Turns> turns = new EnumMap<>(Role.class);
    private @Nullable NodeAssembly assembly;
    private @Nullable PeerEndpoint endpoint;
    private Runnable stopListening = () -> {};
    private EntryId newestSnapshot = EntryId.ZERO;
    private int owed;

    NodeLife(SimNode node, SimNode.World world, Party party, RandomGenerator random) {
        this.node = node;
        this.world = world;
        this.scheduler = world.scheduler();
        this.party = party;
        this.random = random;
        this.peers = new SimPeerNetwork(world.network(), scheduler, party, random);
        for (Role role : Role.values()) {
            turns.put(role, new Turns(role));
        }
    }

    Party party() {
        return party;
    }

    SimPeerNetwork peers() {
        return peers;
    }

    /// The process, for pauses.
    public SimProcess process() {
        return party.process();
    }

    /// The production objects; null while it recovers.
    public @Nullable NodeAssembly assembly() {
        return assembly;
    }

    void open() throws IOException {
        NodeSetting setting = node.setting();
        ServerConfig config = setting.origin().config();
        PeerEndpoint listening = PeerEndpoint.listen(
                config.self().peer(),
                peers,
                _ -> ProbeReply.newBuilder().setMemberId(config.id().value()).build());
        endpoint = listening;
        NodeAssembly made = new NodeAssembly(
                setting.origin(),
                new NodeAssembly.Ground(
                        node.disk(), listening, node.clock(), random, this::onReader, this::onTimer, this::waker),
                setting.tuning(),
                new Observed());
        assembly = made;
        world.observer().onStart(node.id(), made.recovered());
        stopListening = world.network()
                .listen(config.self().client().toString(), party, made.api().services());
        slow(Role.WATCH, setting.watchTurnNanos());
        made.agents().forEach((role, agent) -> turnsOf(role).begin(agent));
    }

    /// One thread stands still, as when the machine has none left for it; the others go on.
    void stall(Role role, long nanos) {
        turnsOf(role).stallUntil(scheduler.nowNanos() + nanos);
    }

    /// Each turn of one agent takes this long from now on; 0 = as usual.
    void slow(Role role, long nanos) {
        turnsOf(role).turnNanos = nanos;
    }

    /// Whether something is durable of which the agents have not heard.
    boolean owesNews() {
        return owed > 0;
    }

    void end() {
        party.process().kill();
        stopListening.run();
        if (endpoint != null) {
            endpoint.close();
        }
    }

    private Turns turnsOf(Role role) {
        return Objects.requireNonNull(turns.get(role));
    }

    private Runnable waker(Role role) {
        return turnsOf(role)::wake;
    }

    private void onReader(Runnable task) {
        scheduler.in(
                random.nextLong(READER_NANOS),
                party.process(),
                "reader",
                () -> node.guard(() -> {
                    task.run();
                    endThreadTurn();
                }));
    }

    private Timers.Scheduled onTimer(long delayNanos, Runnable task) {
        long due = node.clock().nanoTime() + Math.max(0, delayNanos);
        long delay = node.clock().untilNanos(due);
        return scheduler.in(
                delay,
                party.process(),
                "timer",
                () -> node.guard(() -> {
                    task.run();
                    endThreadTurn();
                }))::cancel;
    }

    /// On a thread without turns answers leave at once.
    private void endThreadTurn() {
        if (assembly != null) {
            assembly.api().onTurnEnd();
        }
    }

    /// The turns of one agent, as its runner would give them.
    private final class Turns {
        private final Role role;
        private @Nullable Agent agent;
        private Scheduler.@Nullable Event next;
        private long busyUntilNanos;
        private long turnNanos;
        private boolean inTurn;
        private boolean woken;

        Turns(Role role) {
            this.role = role;
        }

        void begin(Agent driven) {
            agent = driven;
            wake();
        }

        void wake() {
            if (inTurn) {
                woken = true;
            } else if (agent != null) {
                schedule(scheduler.nowNanos() + 1 + random.nextLong(WAKE_NANOS));
            }
        }

        void stallUntil(long nanos) {
            busyUntilNanos = Math.max(busyUntilNanos, nanos);
            if (next != null && next.atNanos() < busyUntilNanos) {
                next.cancel();
                next = null;
                schedule(busyUntilNanos);
            }
        }

        private void schedule(long atNanos) {
            long at = Math.max(atNanos, busyUntilNanos);
            if (next != null) {
                if (next.atNanos() <= at) {
                    return;
                }
                next.cancel();
            }
            next = scheduler.at(at, party.process(), role.name(), () -> node.guard(this::turn));
        }

        private void turn() {
            next = null;
            woken = false;
            inTurn = true;
            long forces = node.disk().forces();
            Agent driven = Objects.requireNonNull(agent);
            int work = driven.doWork(node.clock().nanoTime());
            inTurn = false;
            if (role == Role.JOURNAL || role == Role.BULK || role == Role.CATCH_UP) {
                long synced = scheduler.nowNanos() + node.syncTime(node.disk().forces() - forces);
                busyUntilNanos = Math.max(busyUntilNanos, synced);
            }
            if (turnNanos > 0) {
                busyUntilNanos = Math.max(busyUntilNanos, scheduler.nowNanos() + turnNanos);
            }
            observe();
            if (work > 0 || woken) {
                schedule(scheduler.nowNanos() + 1_000 + random.nextLong(WAKE_NANOS));
                return;
            }
            long deadline = driven.nextDeadlineNanos();
            if (deadline != Long.MAX_VALUE) {
                schedule(scheduler.nowNanos() + Math.max(1_000, node.clock().untilNanos(deadline)));
            }
        }

        private void observe() {
            NodeAssembly observed = Objects.requireNonNull(assembly);
            switch (role) {
                case CONSENSUS ->
                    world.observer()
                            .onConsensusTurn(node.id(), observed.consensus().status());
                case APPLY ->
                    world.observer().onApplyTurn(node.id(), observed.apply().machine());
                case BULK -> lookForSnapshot();
                case JOURNAL, CATCH_UP, WATCH -> {}
            }
        }
    }

    /// A snapshot counts from when it has its name and the directory was synced, which one task does together.
    private void lookForSnapshot() {
        List<String> names = node.disk().list("snapshots");
        for (int i = names.size() - 1; i >= 0; i--) {
            String name = names.get(i);
            if (name.endsWith(".snapshot")) {
                EntryId id = new EntryId(Long.parseLong(name.substring(20, 39)), Long.parseLong(name.substring(0, 19)));
                if (id.index() > newestSnapshot.index()) {
                    newestSnapshot = id;
                    world.observer().onSnapshot(node.id(), id);
                }
                return;
            }
        }
    }

    /// Looks at what passes, and lets the journal's reports come when its disk is done.
    private final class Observed implements NodeAssembly.Tap {
        @Override
        public Lanes lanes(Lanes lanes) {
            return new Lanes() {
                @Override
                public void journal(Effect.ForJournal effect) {
                    world.observer().onJournal(node.id(), effect);
                    lanes.journal(effect);
                }

                @Override
                public void sendSnapshot(NodeId to, long term) {
                    lanes.sendSnapshot(to, term);
                }

                @Override
                public boolean isDiskShort() {
                    return lanes.isDiskShort();
                }
            };
        }

        @Override
        public JournalEvents journalEvents(JournalEvents events) {
            return new LateEvents(events);
        }

        @Override
        public StateListener state(StateListener listener) {
            return new ObservedState(listener);
        }
    }

    private final class LateEvents implements JournalEvents {
        private final JournalEvents events;
        private final List<Runnable> due = new ArrayList<>();
        private boolean flushing;

        LateEvents(JournalEvents events) {
            this.events = events;
        }

        @Override
        public void onPersisted(long writeId) {
            world.observer().onDurable(node.id(), writeId);
            owed++;
            later(() -> {
                owed--;
                events.onPersisted(writeId);
            });
        }

        @Override
        public void onPeerRecorded(PeerBoot peer) {
            world.observer().onPeerRecorded(node.id(), peer);
            later(() -> events.onPeerRecorded(peer));
        }

        private void later(Runnable report) {
            due.add(report);
            if (!flushing) {
                flushing = true;
                // Runs after this turn, when what the sync takes is known.
                scheduler.in(0, party.process(), "synced", this::hold);
            }
        }

        private void hold() {
            List<Runnable> reports = new ArrayList<>(due);
            due.clear();
            flushing = false;
            scheduler.at(
                    turnsOf(Role.JOURNAL).busyUntilNanos,
                    party.process(),
                    "persisted",
                    () -> node.guard(() -> reports.forEach(Runnable::run)));
        }

        @Override
        public void onLogRange(Effect.SendLogRange request, EntryId previous, List<Entry> entries) {
            events.onLogRange(request, previous, entries);
        }

        @Override
        public void onRangeGone(Effect.SendLogRange request, long firstIndex) {
            events.onRangeGone(request, firstIndex);
        }
    }

    private final class ObservedState implements StateListener {
        private final StateListener listener;

        ObservedState(StateListener listener) {
            this.listener = listener;
        }

        @Override
        public void onResult(EntryId entryId, long sessionId, long sequence, CommandResult result) {
            StateMachine machine = Objects.requireNonNull(assembly).apply().machine();
            world.observer().onEntry(node.id(), entryId, result, machine);
            listener.onResult(entryId, sessionId, sequence, result);
        }

        @Override
        public void onRenewed(long sessionId, int originMember, long renewalId, @Nullable Error error) {
            world.observer().onRenewed(node.id(), sessionId, error);
            listener.onRenewed(sessionId, originMember, renewalId, error);
        }

        @Override
        public void onSessionEvent(long sessionId, SessionEvent event) {
            world.observer().onSessionEvent(node.id(), sessionId, event);
            listener.onSessionEvent(sessionId, event);
        }

        @Override
        public void onEvents(long revision, List<StateEvent> events) {
            world.observer().onEvents(node.id(), revision, events);
            listener.onEvents(revision, events);
        }

        @Override
        public void onCompacted(long oldestRevision) {
            world.observer().onCompacted(node.id(), oldestRevision);
            listener.onCompacted(oldestRevision);
        }

        @Override
        public void onTurnEnd() {
            listener.onTurnEnd();
        }
    }
}
