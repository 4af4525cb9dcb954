package io.gavel.server.node;

import io.gavel.protocol.v1.Error;
import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.Agent;
import io.gavel.server.agent.AgentRunner;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.Halt;
import io.gavel.server.agent.NanoClock;
import io.gavel.server.agent.Waker;
import io.gavel.server.api.ClusterView;
import io.gavel.server.api.ConsensusPort;
import io.gavel.server.api.Readers;
import io.gavel.server.api.ScheduledTimers;
import io.gavel.server.api.grpc.Api;
import io.gavel.server.api.grpc.ClientListener;
import io.gavel.server.config.Endpoint;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.disk.FileDisk;
import io.gavel.server.state.StateMachine;
import io.gavel.server.storage.CorruptStorageException;
import io.gavel.server.storage.Identity;
import io.gavel.server.transport.NettyPeerNetwork;
import io.gavel.server.transport.PeerEndpoint;
import io.gavel.server.transport.TransportCounters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running node: its agents on their threads, its disk, its listeners. The rim around a [NodeAssembly].
public final class Node implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Node.class);
    private static final int READER_THREADS = 2;
    private static final int CLIENT_EVENT_LOOPS = 1;
    private static final long CLIENT_GRACE_NANOS = 1_000_000_000;
    /// What a node takes from the machine it runs on; a test brings its own.
    public record Environment(NanoClock clock, Halt halt, RandomGenerator random) {}

    private final ServerConfig config;
    private final Environment environment;
    private final FileDisk disk;
    private final PeerEndpoint peers;
    private final List<AgentRunner> runners = new ArrayList<>();
    private final Readers readers;
    private final ScheduledTimers timers;
    private final Identity identity;
    private final NodeAssembly assembly;
    private final ClientListener clients;
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
        this.readers = new Readers(threadName("reader"), READER_THREADS);
        this.timers = new ScheduledTimers(threadName("timers"));
        Map<NodeAssembly.Role, Waker> wakers = new EnumMap<>(NodeAssembly.Role.class);
        for (NodeAssembly.Role role : NodeAssembly.Role.values()) {
            wakers.put(role, new Waker());
        }
        this.assembly = new NodeAssembly(
                new NodeAssembly.Origin(config, identity, membership.firstConfiguration()),
                new NodeAssembly.Ground(
                        disk,
                        peers,
                        environment.clock(),
                        environment.random(),
                        readers,
                        timers,
                        role -> Objects.requireNonNull(wakers.get(role))::wake),
                NodeTuning.of(config),
                NodeAssembly.Tap.NONE);
        assembly.agents().forEach((role, agent) -> addRunner(role, agent, Objects.requireNonNull(wakers.get(role))));
        ConsensusPort consensus = assembly.gateway();
        membership.serve(
                () -> consensus.view().configuration(), () -> consensus.view().term() > 0);
        this.clients = createListener();
        assembly.report(clients::serving);
        this.observation = new Observation(this, assembly, NodeAssembly.VERSION);
    }

    private ClientListener createListener() throws IOException {
        return new ClientListener(
                socketAddress(config.listeners().client()),
                CLIENT_EVENT_LOOPS,
                config.limits().messageBytes(),
                assembly.api().services());
    }

    /// Starts a node: finds or founds its cluster, recovers, serves. Waits for the other first members as long as it
    /// takes when the cluster is new.
    ///
    /// @throws StartException if it cannot start; the message is for the operator
    public static Node start(ServerConfig config, Environment environment, StopSignal stop) throws StartException {
        try {
            return open(config, environment, stop);
        } catch (CorruptStorageException e) {
            throw new StartException(
                    ExitCode.STORAGE_FAILED,
                    "data: " + config.dataDirectory() + " is damaged: " + e.getMessage()
                            + "; a member that runs can put a new one in its place (gavel member replace)",
                    e);
        } catch (IOException e) {
            throw new StartException(ExitCode.FAILED_TO_START, String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException(ExitCode.STOPPED, "interrupted while starting", e);
        }
    }

    private static Node open(ServerConfig config, Environment environment, StopSignal stop)
            throws IOException, StartException, InterruptedException {
        requireFree("clients", config.listeners().client());
        requireFree("operators", config.listeners().admin());
        FileDisk disk = FileDisk.open(config.dataDirectory());
        PeerEndpoint peers = null;
        Node node = null;
        try {
            Membership membership = new Membership(config, disk, environment.random());
            stop.onStop(membership::stop);
            peers = PeerEndpoint.listen(
                    config.listeners().peer(),
                    new NettyPeerNetwork("gavel-" + config.id() + "-peers", environment.random()),
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

    /// The listeners open last, when there is something to serve; a taken port must be noticed before anything is
    /// written or founded.
    private static void requireFree(String whom, Endpoint endpoint) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(socketAddress(endpoint));
        } catch (IOException e) {
            throw cannotListen(whom, endpoint, e);
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

    private void addRunner(NodeAssembly.Role role, Agent agent, Waker waker) {
        String name = threadName(role.name().toLowerCase(Locale.ROOT));
        runners.add(new AgentRunner(name, agent, waker, environment.clock(), environment.halt()));
    }

    private String threadName(String role) {
        return "gavel-" + config.id() + "-" + role;
    }

    /// What the API stands on; for tools and tests in the same process.
    public ConsensusPort consensus() {
        return assembly.gateway();
    }

    /// The state machine in force.
    public StateMachine machine() {
        return assembly.apply().machine();
    }

    public Identity identity() {
        return identity;
    }

    /// The API of this node, for what serves it to others.
    Api api() {
        return assembly.api();
    }

    /// What the disk may still take; NaN = it does not say.
    double usableBytes() {
        try {
            return disk.usableBytes();
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    /// Open watches; a snapshot.
    int openWatches() {
        return assembly.watches().openWatches();
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
        return assembly.apply().snapshotsInstalled();
    }

    /// Where other members reach this node.
    public String peerAddress() {
        return config.self().peer().toString();
    }

    /// What the transport dropped and refused.
    public TransportCounters transportCounters() {
        return assembly.counters();
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
        readers.close();
        timers.close();
        assembly.close();
        try {
            disk.close();
        } catch (IOException e) {
            log.warn("stopping: {}", e.getMessage());
        }
    }

    private void handOver() {
        ClusterView view = consensus().view();
        boolean hasPeers = view.configuration().voters().size() > 1;
        if (view.role() != RoleName.LEADER || !hasPeers) {
            return;
        }
        long limit = config.timings().shutdownTimeoutNanos();
        CountDownLatch done = new CountDownLatch(1);
        long deadline = environment.clock().nanoTime() + limit;
        boolean asked = consensus().transferLeadership(null, deadline, error -> {
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
