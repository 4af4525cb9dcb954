package io.gavel.faults.sim;

import io.gavel.faults.history.History;
import io.gavel.faults.sim.check.Goal;
import io.gavel.faults.sim.check.RaftLedger;
import io.gavel.faults.sim.check.Reached;
import io.gavel.faults.sim.check.ViolationException;
import io.gavel.faults.sim.client.SimClient;
import io.gavel.faults.sim.client.Workload;
import io.gavel.faults.sim.fault.Ambushes;
import io.gavel.faults.sim.fault.Moment;
import io.gavel.faults.sim.fault.Target;
import io.gavel.faults.sim.net.SimNetwork;
import io.gavel.faults.sim.node.NodeSetting;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.faults.sim.time.Draws;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.faults.sim.time.SimProcess;
import io.gavel.raft.Message;
import io.gavel.raft.Recovered;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.v1.ChangeSettings;
import io.gavel.server.entry.v1.ServerCommand;
import io.gavel.server.node.NodeAssembly;
import io.gavel.server.snapshot.SnapshotFile;
import io.gavel.server.snapshot.SnapshotStore;
import io.gavel.server.storage.Identity;
import io.gavel.server.storage.Journal;
import io.gavel.server.transport.PeerMessage;
import io.gavel.server.transport.PeerMessageCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One cluster with its clients, and whoever does things to it.
final class World implements Target, Witness.World {
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
    private final Reached reached = new Reached();
    private final Witness witness;
    private final History history = new History();
    private final Workload workload;
    private final List<RunEvent> events = new ArrayList<>();
    private final List<String> plan = new ArrayList<>();
    private final EnumMap<FaultKind, Integer> faults = new EnumMap<>(FaultKind.class);
    private final Ambushes ambushes = new Ambushes();
    private final SimProcess supervisor = new SimProcess("supervisor");
    private SimProcess outside = new SimProcess("outside");
    private boolean over;

    World(RunOptions options, Settings settings, Draws draws) {
        this.options = options;
        this.settings = settings;
        this.draws = draws;
        this.network = new SimNetwork(scheduler, draws.of("network"), settings.latencyNanos());
        this.workload = new Workload(scheduler, history, reached, settings.pace(), draws.of("workload"));
        this.witness = new Witness(this, history, reached, workload);
        this.nodeWorld = new SimNode.World(scheduler, network, witness);
        network.watchFrames((from, to, frame) -> {
            if (PeerMessageCodec.decode(frame) instanceof PeerMessage.Consensus consensus) {
                witness.onSend(idOf(from), idOf(to), consensus.message());
                if (consensus.message() instanceof Message.InstallSnapshot && !over) {
                    ambushes.onSnapshotOffered(idOf(to), scheduler.nowNanos());
                }
            }
        });
    }

    private static int idOf(String host) {
        return Integer.parseInt(host.substring(1));
    }

    void build() {
        buildMembers();
        scheduler.in(1_500 * MILLI, supervisor, "limits", this::changeLimits);
        for (int id = 1; id <= settings.clients(); id++) {
            SimClient client = newClient();
            scheduler.in(
                    2_000 * MILLI,
                    supervisor,
                    "client",
                    () -> workload.add(client, settings.further().idle(), draws.of("script" + client.id())));
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
        Duration ttl = Duration.ofNanos(settings.ttlNanos());
        SimClient client = new SimClient(id, scheduler, network, endpoints, ttl, history, draws.of("client" + id));
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

    /// Puts the run's limits into the log, as soon as somebody leads.
    private void changeLimits() {
        SimNode leader = leader();
        NodeAssembly running = leader == null ? null : assembly(leader);
        if (leader == null || running == null) {
            scheduler.in(100 * MILLI, supervisor, "limits", this::changeLimits);
            return;
        }
        byte[] command = ServerCommand.newBuilder()
                .setChangeSettings(ChangeSettings.newBuilder().setSettings(settings.limits()))
                .build()
                .toByteArray();
        int level = running.apply().published().featureLevel();
        var _ = running.gateway()
                .propose(Envelope.ofServer(level, command), leader.clock().nanoTime() + 1_000 * MILLI, result -> {
                    if (result.hasError()) {
                        scheduler.in(100 * MILLI, supervisor, "limits", this::changeLimits);
                    }
                });
    }

    Workload workload() {
        return workload;
    }

    History history() {
        return history;
    }

    RaftLedger ledger() {
        return witness.ledger();
    }

    Witness witness() {
        return witness;
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

    void phase(String name) {
        event(RunEvent.Kind.PHASE, 0, name, 0);
    }

    /// No fault begins or ends by itself any more.
    void endFaults() {
        over = true;
        outside.kill();
        outside = new SimProcess("outside");
    }

    @Override
    public void event(RunEvent.Kind kind, int node, String text, long term) {
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
            boolean leads = node.isRunning() && witness.ledger().leads(node.id());
            if (leads
                    && (newest == null
                            || witness.ledger().term(node.id())
                                    > witness.ledger().term(newest.id()))) {
                newest = node;
            }
        }
        return newest;
    }

    @Override
    public Configuration configuration() {
        SimNode leader = leader();
        if (leader != null) {
            return witness.ledger().configuration(leader.id());
        }
        SimNode furthest = nodes.getFirst();
        for (SimNode node : nodes) {
            if (witness.ledger().applied(node.id()) > witness.ledger().applied(furthest.id())) {
                furthest = node;
            }
        }
        Configuration known = witness.ledger().configuration(furthest.id());
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
        witness.ledger().onDamage(node.id());
        witness.starts().onDamage(node.id());
    }

    @Override
    public String promise(SimNode node) {
        return witness.ledger().promise(node.id());
    }

    @Override
    public Ambushes ambushes() {
        return ambushes;
    }

    @Override
    public boolean isStartKnown(SimNode node) {
        NodeAssembly running = assembly(node);
        Identity identity = node.setting().origin().identity();
        for (Member voter : configuration().voters()) {
            if (running != null && voter.uuid().equals(identity.uuid())) {
                return witness.starts().allKnow(voter, running.bootCount(), configuration());
            }
        }
        return false;
    }

    @Override
    public boolean isSafeWithout(SimNode node) {
        return witness.ledger().isSafeWithout(node.id(), configuration());
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
    public void reached(Goal goal) {
        reached.hit(goal);
    }

    @Override
    public long highestTerm() {
        return witness.ledger().highestTerm();
    }

    @Override
    public long committedIndex() {
        return witness.ledger().committedIndex();
    }

    @Override
    public boolean isLagging(SimNode node) {
        SimNode leader = leader();
        return leader != null && witness.ledger().isBehind(node.id(), leader.id());
    }

    @Override
    public boolean isOver() {
        return over;
    }

    // ---- for the witness

    @Override
    public long nowNanos() {
        return scheduler.nowNanos();
    }

    /// As a supervisor of services does.
    @Override
    public void onEnded(int node, boolean startFailed) {
        SimNode machine = nodes.get(node - 1);
        if (startFailed && damaged.contains(node)) {
            machine.giveUp();
        } else {
            scheduler.in(500 * MILLI, supervisor, "supervise", machine::start);
        }
    }

    @Override
    public boolean hasTornJournal(int node) {
        return nodes.get(node - 1).disk().tornFiles().stream().anyMatch(name -> name.startsWith("journal/"));
    }

    @Override
    public void onMoment(int node, Moment moment) {
        if (!over) {
            ambushes.onMoment(nodes.get(node - 1), moment, scheduler.nowNanos());
        }
    }

    @Override
    public @Nullable Recovered recoverCopy(int node) {
        SimNode machine = nodes.get(node - 1);
        NodeSetting setting = machine.setting();
        SimDisk copy = machine.disk().copy();
        Journal.Setup setup = new Journal.Setup(
                copy, setting.origin().identity(), setting.tuning().journal(), _ -> {}, 0);
        try {
            SnapshotFile newest = SnapshotStore.open(copy).newest().newest();
            return Journal.recover(
                            setup, newest == null ? null : newest.manifest().meta(), 0)
                    .recovered();
        } catch (IOException e) {
            if (isDamaged(machine)) {
                return null;
            }
            throw new ViolationException(
                    "I14", "member " + node + " could not start, though its disk was never damaged: " + e.getMessage());
        }
    }

    @Override
    public long electionTimeoutNanos() {
        return settings.timings().electionTimeoutNanos();
    }

    @Override
    public long slowestNanos() {
        return settings.slowestNanos();
    }

    @Override
    public long commitIndex(int node) {
        NodeAssembly running = assembly(nodes.get(node - 1));
        return running == null ? 0 : running.consensus().status().commitIndex();
    }

    /// The production objects of a running node; null when it does not run.
    static @Nullable NodeAssembly assembly(SimNode node) {
        return node.life() == null ? null : node.life().assembly();
    }
}
