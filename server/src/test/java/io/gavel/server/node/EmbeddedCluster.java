package io.gavel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.OpenSession;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.SaveSnapshotRequest;
import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.NanoClock;
import io.gavel.server.config.Endpoint;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.RequestStamp;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Several real nodes in this JVM: real sockets on loopback, real files, real threads.
final class EmbeddedCluster implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int FIRST_PORT = 12_000;
    private static final int PORTS = 8_000;
    private static final AtomicInteger NEXT_PORT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 97 % PORTS));

    private final Path directory;
    private final NanoClock clock = NanoClock.system();
    private final List<ServerConfig.ClusterMember> founders = new ArrayList<>();
    private final SortedMap<Integer, Node> nodes = new TreeMap<>();
    final SortedMap<Integer, ExitCode> halts = new TreeMap<>();
    /// What members keep free on their disks; a member that is not listed keeps 1 MiB.
    final SortedMap<Integer, Long> diskReserves = new TreeMap<>();
    long snapshotThresholdBytes = 1L << 40;

    EmbeddedCluster(Path directory, int size) throws IOException {
        this.directory = directory;
        for (int id = 1; id <= size; id++) {
            founders.add(newMember(id));
        }
    }

    private static ServerConfig.ClusterMember newMember(int id) throws IOException {
        return new ServerConfig.ClusterMember(
                new NodeId(id), new Endpoint("127.0.0.1", freePort()), new Endpoint("127.0.0.1", freePort()));
    }

    /// A port below those that the system gives to outgoing connections: such a connection could take one that was
    /// free when it was chosen, before its member listens. No port is given twice.
    private static int freePort() throws IOException {
        for (int tried = 0; tried < PORTS; tried++) {
            int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IOException("no port from " + FIRST_PORT + " to " + (FIRST_PORT + PORTS - 1) + " is free");
    }

    private static boolean isFree(int port) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (BindException taken) {
            return false;
        }
    }

    static EmbeddedCluster start(Path directory, int size) throws IOException {
        EmbeddedCluster cluster = new EmbeddedCluster(directory, size);
        cluster.startAll();
        return cluster;
    }

    void startAll() {
        List<CompletableFuture<Node>> starting = new ArrayList<>();
        for (ServerConfig.ClusterMember member : founders) {
            starting.add(startLater(member.id().value(), founders));
        }
        starting.forEach(CompletableFuture::join);
    }

    CompletableFuture<Node> startLater(int id, List<ServerConfig.ClusterMember> listed) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        Node node = Node.start(config(id, listed), environment(id), new StopSignal());
                        synchronized (nodes) {
                            nodes.put(id, node);
                        }
                        return node;
                    } catch (StartException e) {
                        throw new IllegalStateException(e.getMessage(), e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    Node startNode(int id) {
        return startLater(id, founders).join();
    }

    /// Starts a node that lists the founders and itself; it waits to be added.
    Node startNewMember(int id) throws IOException {
        List<ServerConfig.ClusterMember> listed = new ArrayList<>(founders);
        listed.add(newMember(id));
        return startLater(id, listed).join();
    }

    private Node.Environment environment(int id) {
        return new Node.Environment(
                clock,
                (code, reason, _) -> {
                    synchronized (halts) {
                        halts.putIfAbsent(id, code);
                    }
                },
                new Random());
    }

    private ServerConfig config(int id, List<ServerConfig.ClusterMember> listed) {
        ServerConfig.ClusterMember self = listed.stream()
                .filter(member -> member.id().value() == id)
                .findFirst()
                .orElseThrow();
        return new ServerConfig(
                new NodeId(id),
                directory.resolve("member-" + id),
                new ServerConfig.Listeners(self.client(), self.peer(), new Endpoint("127.0.0.1", 0)),
                listed,
                new ServerConfig.Timings(
                        TimeUnit.MILLISECONDS.toNanos(1_000),
                        TimeUnit.MILLISECONDS.toNanos(100),
                        TimeUnit.MILLISECONDS.toNanos(250),
                        TimeUnit.SECONDS.toNanos(5)),
                new ServerConfig.StorageLimits(
                        4 << 20, snapshotThresholdBytes, diskReserves.getOrDefault(id, 1L << 20)),
                new ServerConfig.LoadLimits(16_384, 64 << 20, 8 << 20, 16 << 20, 8 << 20, 1_000),
                0);
    }

    Node node(int id) {
        synchronized (nodes) {
            Node node = nodes.get(id);
            assertThat(node).as("member %d runs", id).isNotNull();
            return Objects.requireNonNull(node);
        }
    }

    List<Node> nodes() {
        synchronized (nodes) {
            return List.copyOf(nodes.values());
        }
    }

    void kill(int id) {
        Node node = node(id);
        synchronized (nodes) {
            nodes.remove(id);
        }
        node.kill();
    }

    /// Waits until the member's process would have ended with this code, and stops what is left of it.
    void awaitHalt(int id, ExitCode code) {
        await().atMost(LIMIT).untilAsserted(() -> {
            synchronized (halts) {
                assertThat(halts).containsEntry(id, code);
            }
        });
        kill(id);
        synchronized (halts) {
            halts.remove(id);
        }
    }

    /// Waits until every member's process would have ended with this code, and stops what is left of them.
    void awaitAllHalt(ExitCode code) {
        await().atMost(LIMIT).untilAsserted(() -> {
            synchronized (halts) {
                assertThat(halts).hasSize(nodes().size());
                assertThat(halts.values()).containsOnly(code);
            }
        });
        killAll();
        synchronized (halts) {
            halts.clear();
        }
    }

    /// Makes `to` an exact copy of the directory `from`.
    static Path copy(Path from, Path to) throws IOException {
        if (Files.exists(to)) {
            try (Stream<Path> old = Files.walk(to)) {
                for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
        return to;
    }

    /// Where clients reach this first member.
    Endpoint clientEndpoint(int id) {
        return founders.get(id - 1).client();
    }

    Path dataDirectory(int id) {
        return directory.resolve("member-" + id);
    }

    /// The node that leads once all running nodes agree on it.
    Node awaitLeader() {
        // The answer that ended the wait, not a second look: a leader may have left meanwhile.
        return Objects.requireNonNull(
                await().atMost(LIMIT).pollInterval(Duration.ofMillis(10)).until(this::leaderOrNull, Objects::nonNull));
    }

    private @Nullable Node leaderOrNull() {
        Node leader = null;
        for (Node node : nodes()) {
            if (node.consensus().view().role() == RoleName.LEADER) {
                leader = node;
            }
        }
        if (leader == null) {
            return null;
        }
        for (Node node : nodes()) {
            if (!leader.id().equals(node.consensus().view().leader())) {
                return null;
            }
        }
        return leader;
    }

    Node follower() {
        Node leader = awaitLeader();
        return nodes().stream()
                .filter(node -> !node.id().equals(leader.id()))
                .findFirst()
                .orElseThrow();
    }

    /// Proposes one put through the node and waits for its result.
    CommandResult put(Node node, String key, String value) {
        CompletableFuture<CommandResult> result = new CompletableFuture<>();
        assertThat(node.consensus().propose(putEnvelope(key, value), deadline(), result::complete))
                .isTrue();
        return result.orTimeout(30, TimeUnit.SECONDS).join();
    }

    /// Deletes one key.
    CommandResult delete(Node node, String key) {
        Command command = Command.newBuilder()
                .setDelete(Delete.newBuilder().setKey(ByteString.copyFromUtf8(key)))
                .build();
        CompletableFuture<CommandResult> result = new CompletableFuture<>();
        byte[] envelope = Envelope.ofClient(1, 0, RequestStamp.NONE, command.toByteArray());
        assertThat(node.consensus().propose(envelope, deadline(), result::complete))
                .isTrue();
        return result.orTimeout(30, TimeUnit.SECONDS).join();
    }

    /// Proposes puts of key-0 to key-(count - 1) all at once; each must work.
    void putMany(Node node, int count) {
        assertThat(offerMany(node, count)).as("puts that worked").isEqualTo(count);
    }

    /// As [#putMany], but some may be refused; answers how many worked.
    int offerMany(Node node, int count) {
        CountDownLatch done = new CountDownLatch(count);
        AtomicInteger worked = new AtomicInteger();
        for (int i = 0; i < count; i++) {
            boolean accepted = node.consensus().propose(putEnvelope("key-" + i, "value"), deadline(), result -> {
                worked.addAndGet(result.hasPut() ? 1 : 0);
                done.countDown();
            });
            assertThat(accepted).isTrue();
        }
        try {
            assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return worked.get();
    }

    /// Makes the node take a snapshot.
    void saveSnapshot(Node node) {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", node.clientPort())
                .usePlaintext()
                .build();
        try {
            ClusterGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .saveSnapshot(SaveSnapshotRequest.getDefaultInstance())
                    .forEachRemaining(chunk -> {});
        } finally {
            channel.shutdownNow();
        }
    }

    void killAll() {
        for (ServerConfig.ClusterMember member : founders) {
            kill(member.id().value());
        }
    }

    /// Opens a session with the shortest TTL; answers its id.
    long openSession(Node node, byte[] secretHash) {
        Command command = Command.newBuilder()
                .setOpenSession(OpenSession.newBuilder()
                        .setNonce(ByteString.copyFrom(new byte[16]))
                        .setSecretHash(ByteString.copyFrom(secretHash))
                        .setTtlMillis(2_000)
                        .setOwner("test"))
                .build();
        CompletableFuture<CommandResult> result = new CompletableFuture<>();
        byte[] envelope = Envelope.ofClient(1, 0, RequestStamp.NONE, command.toByteArray());
        assertThat(node.consensus().propose(envelope, deadline(), result::complete))
                .isTrue();
        CommandResult opened = result.orTimeout(30, TimeUnit.SECONDS).join();
        assertThat(opened.hasOpenSession()).as("%s", opened).isTrue();
        return opened.getOpenSession().getSessionId();
    }

    static byte[] putEnvelope(String key, String value) {
        Command command = Command.newBuilder()
                .setPut(Put.newBuilder().setKey(ByteString.copyFromUtf8(key)).setValue(ByteString.copyFromUtf8(value)))
                .build();
        return Envelope.ofClient(1, 0, RequestStamp.NONE, command.toByteArray());
    }

    /// Puts until it is acknowledged, as a client does that may try again.
    void putUntilAcknowledged(Node node, String key, String value) {
        await().atMost(LIMIT)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> put(node, key, value).hasPut());
    }

    /// A linearizable read through the node.
    String get(Node node, String key) {
        CompletableFuture<@Nullable Error> confirmed = new CompletableFuture<>();
        assertThat(node.consensus().readIndex(deadline(), confirmed::complete)).isTrue();
        Error error = confirmed.orTimeout(30, TimeUnit.SECONDS).join();
        return error != null ? "error: " + error.getMessage() : localGet(node, key);
    }

    /// What the node has applied, whatever that is.
    String localGet(Node node, String key) {
        QueryResult result = node.machine()
                .read(Query.newBuilder()
                        .setGet(GetQuery.newBuilder().setKey(ByteString.copyFromUtf8(key)))
                        .build());
        return result.getGet().getEntry().getValue().toStringUtf8();
    }

    /// Runs an operator's step and waits for its end; null = done.
    @Nullable
    Error control(Consumer<Consumer<@Nullable Error>> step) {
        CompletableFuture<@Nullable Error> done = new CompletableFuture<>();
        step.accept(done::complete);
        return done.orTimeout(30, TimeUnit.SECONDS).join();
    }

    long deadline() {
        return clock.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    }

    void awaitEqualDigests() {
        Node leader = awaitLeader();
        await().atMost(LIMIT).untilAsserted(() -> {
            for (Node node : nodes()) {
                assertThat(node.machine().published().lastApplied())
                        .isEqualTo(leader.machine().published().lastApplied());
                assertThat(node.machine().digest()).isEqualTo(leader.machine().digest());
            }
        });
    }

    @Override
    public void close() {
        for (Node node : nodes()) {
            node.kill();
        }
        assertThat(halts).as("nodes that halted").isEmpty();
    }
}
