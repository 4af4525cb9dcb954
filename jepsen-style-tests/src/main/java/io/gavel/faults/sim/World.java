package io.gavel.faults.sim;

import io.gavel.faults.history.Event;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Observation;
import io.gavel.faults.sim.check.RaftLedger;
import io.gavel.faults.sim.check.Reached;
import io.gavel.faults.sim.check.StateLedger;
import io.gavel.faults.sim.client.SimClient;
import io.gavel.faults.sim.client.Workload;
import io.gavel.faults.sim.fault.Target;
import io.gavel.faults.sim.net.SimNetwork;
import io.gavel.faults.sim.node.NodeObserver;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.faults.sim.time.Draws;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.faults.sim.time.SimProcess;
import io.gavel.raft.Effect;
import io.gavel.raft.EntryId;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.Recovered;
import io.gavel.raft.quorum.Configuration;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.node.NodeAssembly;
import io.gavel.server.state.StateMachine;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.transport.PeerMessage;
import io.gavel.server.transport.PeerMessageCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One cluster with its clients, and the observer who sees all of it.
final class World implements Target, NodeObserver {
    private static final int MORE_MACHINES = 3;
    private static final long MILLI = 1_000_000;

    private final RunOptions options;
    private final Settings settings;
    private final Draws draws;
    private final Scheduler scheduler = new Scheduler(() -> {});
    private final SimNetwork network;
    private final SimNode.World nodeWorld;
    private final List<SimNode> nodes = new ArrayList<>();
    private final List<SimClient> clients = new ArrayList<>();
    private final TreeSet<Integer> damaged = new TreeSet<>();
    private final TreeSet<Integer> rolledBack = new TreeSet<>();
    private final Reached reached = new Reached();
    private final RaftLedger ledger = new RaftLedger(reached);
    private final StateLedger states = new StateLedger();
    private final History history = new History();
    private final Workload workload;
    private final List<RunEvent> events = new ArrayList<>();
    private final List<String> plan = new ArrayList<>();
    private final EnumMap<FaultKind, Integer> faults = new EnumMap<>(FaultKind.class);
    private final SortedMap<Integer, String> roles = new TreeMap<>();
    private final SimProcess supervisor = new SimProcess("supervisor");
    private SimProcess outside = new SimProcess("outside");
    private boolean over;

    World(RunOptions options, Settings settings, Draws draws) {
        this.options = options;
        this.settings = settings;
        this.draws = draws;
        this.network = new SimNetwork(scheduler, draws.of("network"), settings.latencyNanos());
        this.nodeWorld = new SimNode.World(scheduler, network, this);
        this.workload = new Workload(scheduler, history, settings.thinkNanos(), draws.of("workload"));
        network.watchFrames((from, to, frame) -> {
            if (PeerMessageCodec.decode(frame) instanceof PeerMessage.Consensus consensus) {
                ledger.onSend(idOf(from), idOf(to), consensus.message());
            }
        });
    }

    private static int idOf(String host) {
        return Integer.parseInt(host.substring(1));
    }

    void build() {
        buildMembers();
        for (int id = 1; id <= settings.clients(); id++) {
            SimClient client = newClient();
            scheduler.in(
                    2_000 * MILLI, supervisor, "client", () -> workload.add(client, draws.of("script" + client.id())));
        }
    }

    void buildMembers() {
        for (int id = 1; id <= settings.nodes(); id++) {
            SimNode node = new SimNode(settings.node(id, 0, true), nodeWorld, draws.of("node" + id));
            nodes.add(node);
            scheduler.in(id * MILLI, supervisor, "start", node::start);
        }
    }

    SimClient newClient() {
        List<String> endpoints = new ArrayList<>();
        for (int id = 1; id <= settings.nodes() + MORE_MACHINES; id++) {
            endpoints.add(Settings.clientEndpoint(id));
        }
        int id = clients.size() + 1;
        SimClient client = new SimClient(
                id, scheduler, network, endpoints, Duration.ofNanos(settings.ttlNanos()), draws.of("client" + id));
        clients.add(client);
        return client;
    }

    RunOptions options() {
        return options;
    }

    /// How many members the cluster started with.
    int founders() {
        return settings.nodes();
    }

    Workload workload() {
        return workload;
    }

    History history() {
        return history;
    }

    RaftLedger ledger() {
        return ledger;
    }

    List<RunEvent> events() {
        return events;
    }

    List<String> plan() {
        return plan;
    }

    SortedMap<FaultKind, Integer> faults() {
        return new TreeMap<>(faults);
    }

    Reached reached() {
        return reached;
    }

    SimProcess supervisor() {
        return supervisor;
    }

    void phase(String name) {
        event(RunEvent.Kind.PHASE, 0, name, 0);
    }

    /// No fault begins or ends by itself any more.
    void endFaults() {
        over = true;
        outside.kill();
        outside = new SimProcess("outside");
    }

    void event(RunEvent.Kind kind, int node, String text, long term) {
        if (options.keepEvents()) {
            events.add(new RunEvent(scheduler.events(), scheduler.nowNanos(), kind, node, text, term));
        }
    }

    // ---- for those who do things to it

    @Override
    public Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public SimNetwork network() {
        return network;
    }

    @Override
    public SimProcess outside() {
        return outside;
    }

    @Override
    public List<SimNode> nodes() {
        return nodes;
    }

    @Override
    public List<SimClient> clients() {
        return clients;
    }

    @Override
    public @Nullable SimNode leader() {
        SimNode newest = null;
        for (SimNode node : nodes) {
            boolean leads = node.isRunning() && ledger.leads(node.id());
            if (leads && (newest == null || ledger.term(node.id()) > ledger.term(newest.id()))) {
                newest = node;
            }
        }
        return newest;
    }

    @Override
    public Configuration configuration() {
        SimNode leader = leader();
        if (leader != null) {
            return ledger.configuration(leader.id());
        }
        SimNode furthest = nodes.getFirst();
        for (SimNode node : nodes) {
            if (ledger.applied(node.id()) > ledger.applied(furthest.id())) {
                furthest = node;
            }
        }
        Configuration known = ledger.configuration(furthest.id());
        return known.voters().isEmpty() ? nodes.getFirst().setting().origin().first() : known;
    }

    @Override
    public @Nullable SimNode newMachine() {
        int id = nodes.size() + 1;
        if (id > settings.nodes() + MORE_MACHINES) {
            return null;
        }
        SimNode node = new SimNode(settings.node(id, 0, false), nodeWorld, draws.of("node" + id));
        nodes.add(node);
        return node;
    }

    @Override
    public void damaged(SimNode node) {
        damaged.add(node.id());
        ledger.onDamage(node.id());
    }

    @Override
    public String promise(SimNode node) {
        return ledger.promise(node.id());
    }

    @Override
    public boolean isSafeWithout(SimNode node) {
        return ledger.isSafeWithout(node.id(), configuration());
    }

    @Override
    public int damagedCount() {
        return damaged.size();
    }

    @Override
    public boolean isDamaged(SimNode node) {
        return damaged.contains(node.id());
    }

    @Override
    public void note(FaultKind kind, int number, int node, String text) {
        faults.merge(kind, 1, Integer::sum);
        plan.add(String.format("%3d %9.3f s %s: %s", number, scheduler.nowNanos() / 1e9, kind, text));
        event(RunEvent.Kind.FAULT, node, kind + ": " + text, number);
    }

    @Override
    public void healed(int number, int node, String text) {
        event(RunEvent.Kind.HEAL, node, text, number);
    }

    @Override
    public void reached(String situation) {
        reached.count(situation);
    }

    @Override
    public boolean isOver() {
        return over;
    }

    // ---- what nodes tell

    @Override
    public void onStart(int node, Recovered recovered) {
        ledger.onStart(node, recovered);
        event(RunEvent.Kind.START, node, "started at " + recovered.lastEntry(), 0);
    }

    @Override
    public void onDeath(int node, SimDisk.Keep keep) {
        roles.remove(node);
        event(RunEvent.Kind.DEATH, node, "died: " + keep, 0);
    }

    @Override
    public void onRolledBack(int node) {
        ledger.onRolledBack(node);
        rolledBack.add(node);
    }

    /// Whether its disk once went back in time: its peers may refuse it for ever, and are right.
    boolean isRolledBack(SimNode node) {
        return rolledBack.contains(node.id());
    }

    @Override
    public void onHalt(int node, ExitCode code, String reason) {
        roles.remove(node);
        reached.count("halts with " + code);
        event(RunEvent.Kind.DEATH, node, "exit " + code.code() + ": " + reason, 0);
        restart(node);
    }

    @Override
    public void onStartFailed(int node, String reason) {
        reached.count("cannot start");
        event(RunEvent.Kind.DEATH, node, "cannot start: " + reason, 0);
        SimNode machine = nodes.get(node - 1);
        if (damaged.contains(node)) {
            machine.giveUp();
        } else {
            restart(node);
        }
    }

    /// As a supervisor of services does.
    private void restart(int node) {
        scheduler.in(
                500 * MILLI, supervisor, "supervise", () -> nodes.get(node - 1).start());
    }

    @Override
    public void onJournal(int node, Effect.ForJournal effect) {
        ledger.onJournal(node, effect, () -> commitIndex(node));
    }

    private long commitIndex(int node) {
        NodeAssembly running = assembly(nodes.get(node - 1));
        return running == null ? 0 : running.consensus().status().commitIndex();
    }

    @Override
    public void onDurable(int node, long writeId) {
        ledger.onDurable(node, writeId);
    }

    @Override
    public void onSnapshot(int node, EntryId lastIncluded) {
        ledger.onSnapshot(node, lastIncluded);
        reached.count("snapshot");
        event(RunEvent.Kind.SNAPSHOT, node, "snapshot of " + lastIncluded, 0);
    }

    @Override
    public void onConsensusTurn(int node, RaftStatus status) {
        ledger.onTurn(node, status);
        String role = status.role().name();
        long term = status.hardState().currentTerm();
        if (options.keepEvents() && !(role + term).equals(roles.put(node, role + term))) {
            event(RunEvent.Kind.ROLE, node, role, term);
        }
    }

    @Override
    public void onApplyTurn(int node, StateMachine machine) {
        ledger.onApplied(node, machine.published().lastApplied());
        states.onApplied(node, machine);
    }

    @Override
    public void onEvents(int node, long revision, List<StateEvent> told) {
        if (!states.onEvents(node, revision, told)) {
            return;
        }
        List<Observation.Change> changes = new ArrayList<>();
        for (StateEvent event : told) {
            if (event instanceof StateEvent.KeyChanged changed) {
                byte[] value = changed.current().value();
                boolean absent = value == null || changed.current().isTombstone();
                changes.add(new Observation.Change(
                        new String(changed.key(), StandardCharsets.UTF_8),
                        absent ? null : new String(value, StandardCharsets.UTF_8)));
            }
        }
        if (!changes.isEmpty()) {
            history.add(Event.at(scheduler.nowNanos(), -node, new Observation.Committed(revision, changes)));
        }
    }

    @Override
    public void onCompacted(int node, long oldestRevision) {
        history.add(Event.at(scheduler.nowNanos(), -node, new Observation.Compacted(oldestRevision)));
    }

    /// The production objects of a running node; null when it does not run.
    static @Nullable NodeAssembly assembly(SimNode node) {
        return node.life() == null ? null : node.life().assembly();
    }
}
