package io.gavel.server.node;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Error;
import io.gavel.raft.RaftConfig;
import io.gavel.raft.RaftCore;
import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.Agent;
import io.gavel.server.agent.AgentRunner;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.Halt;
import io.gavel.server.agent.Mailbox;
import io.gavel.server.agent.NanoClock;
import io.gavel.server.agent.Waker;
import io.gavel.server.api.ClusterView;
import io.gavel.server.api.ConsensusPort;
import io.gavel.server.api.MemberIdentity;
import io.gavel.server.api.NodePorts;
import io.gavel.server.api.Readers;
import io.gavel.server.api.ScheduledTimers;
import io.gavel.server.api.SnapshotExport;
import io.gavel.server.api.grpc.Api;
import io.gavel.server.api.grpc.ClientListener;
import io.gavel.server.api.grpc.StreamLimits;
import io.gavel.server.config.Endpoint;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.consensus.Announcement;
import io.gavel.server.consensus.ApplyAgent;
import io.gavel.server.consensus.BulkAgent;
import io.gavel.server.consensus.ConsensusAgent;
import io.gavel.server.consensus.ConsensusGateway;
import io.gavel.server.consensus.ConsensusInbox;
import io.gavel.server.consensus.SnapshotDesk;
import io.gavel.server.disk.FileDisk;
import io.gavel.server.entry.FeatureLevels;
import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.state.StateMachine;
import io.gavel.server.storage.Identity;
import io.gavel.server.storage.JournalAgent;
import io.gavel.server.transport.PeerEndpoint;
import io.gavel.server.transport.PeerIdentity;
import io.gavel.server.transport.PeerTransport;
import io.gavel.server.transport.TransportCounters;
import io.gavel.server.watch.WatchHub;
import io.gavel.server.watch.WatchLimits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running node: its storage, its agents on their threads, its two listeners.
///
/// Three agents and a bulk thread; what belongs to whom is decided here and nowhere else.
public final class Node implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Node.class);
    private static final String VERSION = "0.1.0-SNAPSHOT";
    private static final int BULK_TASKS = 4_096;
    private static final int READER_THREADS = 2;
    private static final int CLIENT_EVENT_LOOPS = 1;
    private static final long CLIENT_GRACE_NANOS = 1_000_000_000;
    private static final Mailbox.Limits JOURNAL_EFFECTS = new Mailbox.Limits(131_072, Long.MAX_VALUE / 2);
    private static final Mailbox.Limits NONE = new Mailbox.Limits(2, 2);

    /// What a node takes from the machine it runs on; a test brings its own.
    public record Environment(NanoClock clock, Halt halt, RandomGenerator random) {}

    private final ServerConfig config;
    private final Environment environment;
    private final FileDisk disk;
    private final PeerEndpoint peers;
    private final List<Runnable> toClose = new ArrayList<>();
    private final ApiBridge bridge = new ApiBridge();
    private final TransportCounters counters = new TransportCounters();
    private final List<AgentRunner> runners = new ArrayList<>();

    private final Identity identity;
    private final ApplyAgent apply;
    private final ConsensusPort consensus;
    private final PeerTransport transport;
    private final ClientListener clients;
    private final WatchHub watches;
    private final Api api;
    private final Observation observation;

    private Node(
            ServerConfig config,
            Environment environment,
            FileDisk disk,
            PeerEndpoint peers,
            Membership membership,
            Identity identity)
            throws IOException {
        this.config = config;
        this.environment = environment;
        this.disk = disk;
        this.peers = peers;
        this.identity = identity;
        Waker bulkWaker = new Waker();
        Waker journalWaker = new Waker();
        Waker applyWaker = new Waker();
        Waker consensusWaker = new Waker();
        BulkAgent bulk = new BulkAgent(BULK_TASKS, bulkWaker::wake);
        OpenStorage storage = OpenStorage.open(
                config,
                disk,
                identity,
                membership.firstConfiguration(),
                task -> bulk.submit(task),
                environment.random());

        ConsensusInbox inbox = new ConsensusInbox(
                new Mailbox.Limits(
                        config.limits().mailboxItems(), config.limits().mailboxBytes()),
                consensusWaker::wake);
        NodeLanes lanes = lanes(inbox, journalWaker);
        SnapshotDesk desk = new SnapshotDesk(
                storage.snapshots(), identity, new SnapshotDesk.Ports(bulk::submit, inbox, peers::sendSnapshot));
        this.transport = peers.connect(
                peerIdentity(storage),
                new PeerEndpoint.Receivers(inbox, desk, storage.journal().peers(), lanes::record),
                counters);
        desk.connect(transport);
        lanes.connect(transport, desk);
        this.apply = createApply(storage, inbox, lanes, desk, applyWaker);
        ConsensusAgent agent = createAgent(storage, inbox, lanes);
        ConsensusGateway gateway =
                new ConsensusGateway(config.id(), inbox, agent, apply, transport, lanes::isStorageFull);
        this.consensus = gateway;
        membership.serve(
                () -> gateway.view().configuration(), () -> gateway.view().term() > 0);

        addRunner("consensus", agent, consensusWaker);
        addRunner("apply", apply, applyWaker);
        addRunner("journal", journal(storage, lanes, bulk), journalWaker);
        addRunner("bulk", bulk, bulkWaker);
        Waker watchWaker = new Waker();
        this.watches = new WatchHub(identity.incarnation(), watchLimits(), watchWaker::wake);
        addRunner("watch", watches, watchWaker);
        this.api = createApi(gateway, new LocalSnapshots(apply, desk, bulk));
        this.clients = createListener();
        bridge.report(new ApiBridge.Health(gateway::hasLeader, clients::serving));
        this.observation = new Observation(this, VERSION);
    }

    private static NodeLanes lanes(ConsensusInbox inbox, Waker journalWaker) {
        return new NodeLanes(
                inbox,
                new Mailbox<>(JOURNAL_EFFECTS, NONE, _ -> 0, journalWaker::wake),
                new Mailbox<>(new Mailbox.Limits(1_024, 1_024), NONE, _ -> 1, journalWaker::wake));
    }

    private ConsensusAgent createAgent(OpenStorage storage, ConsensusInbox inbox, NodeLanes lanes) {
        return new ConsensusAgent(
                consensusSetup(storage.journal().bootCount()),
                new ConsensusAgent.Ports(inbox, lanes, apply, transport, bridge::endTurn),
                RaftCore.recover(raftConfig(), storage.recovered(), environment.random()));
    }

    private ApplyAgent createApply(
            OpenStorage storage, ConsensusInbox inbox, NodeLanes lanes, SnapshotDesk desk, Waker waker)
            throws IOException {
        return new ApplyAgent(
                new ApplyAgent.Setup(
                        config.id(),
                        storage.recovered().snapshot(),
                        storage.state(),
                        config.storage().snapshotThresholdBytes(),
                        config.limits().mailboxItems()),
                new ApplyAgent.Ports(inbox, lanes.committedLog(storage.journal().reader()), desk, bridge),
                waker::wake);
    }

    private JournalAgent journal(OpenStorage storage, NodeLanes lanes, BulkAgent bulk) {
        return new JournalAgent(
                storage.journal(),
                storage.options(),
                lanes.journalEffects(),
                lanes.peerBoots(),
                new JournalAgent.Ports(lanes, lanes, bulk::submit, environment.clock()));
    }

    private ClientListener createListener() throws IOException {
        return new ClientListener(
                socketAddress(config.listeners().client()),
                CLIENT_EVENT_LOOPS,
                config.limits().messageBytes(),
                api.services());
    }

    /// Starts a node: finds or founds its cluster, recovers, serves. Waits for the other first members as long as it
    /// takes when the cluster is new.
    ///
    /// @throws StartException if it cannot start; the message is for the operator
    public static Node start(ServerConfig config, Environment environment, StopSignal stop) throws StartException {
        try {
            return open(config, environment, stop);
        } catch (IOException e) {
            throw new StartException(ExitCode.FAILED_TO_START, String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException(ExitCode.STOPPED, "interrupted while starting", e);
        }
    }

    private static Node open(ServerConfig config, Environment environment, StopSignal stop)
            throws IOException, StartException, InterruptedException {
        FileDisk disk = FileDisk.open(config.dataDirectory());
        PeerEndpoint peers = null;
        Node node = null;
        try {
            Membership membership = new Membership(config, disk, environment.random());
            stop.onStop(membership::stop);
            peers = PeerEndpoint.listen(
                    config.listeners().peer(),
                    "gavel-" + config.id() + "-peers",
                    environment.random(),
                    membership::answer);
            Identity identity = membership.establish(peers);
            node = new Node(config, environment, disk, peers, membership, identity);
            node.serve();
            return node;
        } catch (IOException | StartException | InterruptedException | RuntimeException e) {
            if (node != null) {
                node.kill();
            } else {
                if (peers != null) {
                    peers.close();
                }
                disk.close();
            }
            throw e;
        }
    }

    private void serve() throws IOException {
        runners.forEach(AgentRunner::start);
        try {
            clients.start();
        } catch (IOException e) {
            throw cannotListen("clients", config.listeners().client(), e);
        }
        try {
            observation.listen(socketAddress(config.listeners().admin()));
        } catch (IOException e) {
            throw cannotListen("operators", config.listeners().admin(), e);
        }
        log.info(
                "member {} of cluster {} serves clients on {} and members on {}",
                config.id(),
                identity.clusterId(),
                config.listeners().client().host() + ":" + clients.port(),
                config.listeners().peer().host() + ":" + peers.port());
    }

    private static InetSocketAddress socketAddress(Endpoint endpoint) {
        return new InetSocketAddress(endpoint.host(), endpoint.port());
    }

    private static IOException cannotListen(String whom, Endpoint endpoint, IOException cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return new IOException("cannot listen for " + whom + " on " + endpoint + ": " + root.getMessage(), cause);
    }

    private void addRunner(String role, Agent agent, Waker waker) {
        runners.add(new AgentRunner(threadName(role), agent, waker, environment.clock(), environment.halt()));
    }

    private String threadName(String role) {
        return "gavel-" + config.id() + "-" + role;
    }

    private PeerIdentity peerIdentity(OpenStorage storage) {
        return new PeerIdentity(
                identity.clusterId(),
                identity.incarnation(),
                identity.memberId(),
                identity.uuid(),
                storage.journal().nonce(),
                storage.journal().bootCount(),
                config.self().peer().toString());
    }

    private RaftConfig raftConfig() {
        RaftConfig defaults = RaftConfig.defaults(config.id());
        RaftConfig.Timing timing = defaults.timing();
        return defaults.withTiming(new RaftConfig.Timing(
                config.timings().electionTimeoutNanos(),
                config.timings().heartbeatIntervalNanos(),
                timing.earlyPreVoteMinNanos(),
                timing.earlyPreVoteMaxNanos(),
                timing.earlyPreVoteTries()));
    }

    private ConsensusAgent.Setup consensusSetup(long bootCount) {
        AnnounceMember announcement = AnnounceMember.newBuilder()
                .setMemberId(config.id().value())
                .setUuid(identity.uuid().toString())
                .setClientEndpoint(config.self().client().toString())
                .setMinFeatureLevel(FeatureLevels.MIN)
                .setMaxFeatureLevel(FeatureLevels.MAX)
                .setVersion(VERSION)
                .build();
        return new ConsensusAgent.Setup(
                config.id(),
                config.timings().clockIntervalNanos(),
                config.timings().electionTimeoutNanos(),
                bootCount << 40,
                new Announcement(announcement));
    }

    private Api createApi(ConsensusPort port, SnapshotExport snapshots) {
        Readers readers = new Readers(threadName("reader"), READER_THREADS);
        ScheduledTimers timers = new ScheduledTimers(threadName("timers"));
        toClose.add(readers::close);
        toClose.add(timers::close);
        ByteString clusterId = ByteString.copyFrom(ByteBuffer.allocate(16)
                .putLong(identity.clusterId().high())
                .putLong(identity.clusterId().low())
                .flip());
        MemberIdentity member =
                new MemberIdentity(clusterId, identity.incarnation(), identity.memberId(), identity.uuid(), VERSION);
        NodePorts ports = new NodePorts(member, port, apply::machine, apply, readers, timers, environment.clock());
        StreamLimits limits =
                new StreamLimits(config.limits().streams(), config.limits().streamBytes());
        Api created = new Api(ports, snapshots, watches, peers::connectPlainly, limits);
        toClose.add(created::close);
        bridge.connect(created, new WatchSupply(watches, apply::machine));
        return created;
    }

    private WatchLimits watchLimits() {
        WatchLimits defaults = WatchLimits.DEFAULT;
        return new WatchLimits(
                config.limits().streams(),
                defaults.ringBytes(),
                defaults.ringRevisions(),
                config.limits().watchBytes(),
                defaults.messageBytes(),
                defaults.maxRevisionBytes(),
                defaults.maxCatchUpEvents(),
                defaults.maxHistoryReaders(),
                defaults.maxPinNanos(),
                defaults.progressIntervalNanos());
    }

    /// What the API stands on; for tools and tests in the same process.
    public ConsensusPort consensus() {
        return consensus;
    }

    /// The state machine in force.
    public StateMachine machine() {
        return apply.machine();
    }

    public Identity identity() {
        return identity;
    }

    /// The API of this node, for what serves it to others.
    Api api() {
        return api;
    }

    /// Open watches; a snapshot.
    int openWatches() {
        return watches.openWatches();
    }

    /// The port of metrics and probes.
    public int adminPort() {
        return observation.port();
    }

    /// The port on which clients are served.
    public int clientPort() {
        return clients.port();
    }

    /// How often a leader's snapshot replaced this node's state since it started.
    public int snapshotsInstalled() {
        return apply.snapshotsInstalled();
    }

    /// Where other members reach this node.
    public String peerAddress() {
        return config.self().peer().toString();
    }

    /// What the transport dropped and refused.
    public TransportCounters transportCounters() {
        return counters;
    }

    /// Leaves in order: hands leadership over, lets clients finish, stops the agents. Bounded by the shutdown timeout.
    @Override
    public void close() {
        handOver();
        try {
            clients.stop(CLIENT_GRACE_NANOS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stop();
    }

    /// Stops at once, like a process that is killed, as far as that can be done inside one.
    public void kill() {
        stop();
    }

    private void stop() {
        peers.close();
        for (AgentRunner runner : runners) {
            runner.close();
        }
        clients.close();
        observation.close();
        toClose.forEach(Runnable::run);
        try {
            disk.close();
        } catch (IOException e) {
            log.warn("stopping: {}", e.getMessage());
        }
    }

    private void handOver() {
        ClusterView view = consensus.view();
        boolean hasPeers = view.configuration().voters().size() > 1;
        if (view.role() != RoleName.LEADER || !hasPeers) {
            return;
        }
        long limit = config.timings().shutdownTimeoutNanos();
        CountDownLatch done = new CountDownLatch(1);
        long deadline = environment.clock().nanoTime() + limit;
        boolean asked = consensus.transferLeadership(null, deadline, error -> {
            logHandOver(error);
            done.countDown();
        });
        try {
            if (!asked || !done.await(limit, TimeUnit.NANOSECONDS)) {
                log.warn("leaving without having handed leadership over");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void logHandOver(@Nullable Error error) {
        if (error == null) {
            log.info("handed leadership over");
        } else {
            log.warn("leadership was not handed over: {}", error.getMessage());
        }
    }

    /// This node's number.
    public NodeId id() {
        return config.id();
    }
}
