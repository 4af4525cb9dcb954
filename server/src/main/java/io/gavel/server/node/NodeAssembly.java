package io.gavel.server.node;

import com.google.protobuf.ByteString;
import io.gavel.raft.RaftCore;
import io.gavel.raft.Recovered;
import io.gavel.raft.quorum.Configuration;
import io.gavel.server.agent.Agent;
import io.gavel.server.agent.Mailbox;
import io.gavel.server.agent.NanoClock;
import io.gavel.server.api.MemberIdentity;
import io.gavel.server.api.NodePorts;
import io.gavel.server.api.SnapshotExport;
import io.gavel.server.api.Timers;
import io.gavel.server.api.grpc.Api;
import io.gavel.server.api.grpc.StreamLimits;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.consensus.Announcement;
import io.gavel.server.consensus.ApplyAgent;
import io.gavel.server.consensus.BulkAgent;
import io.gavel.server.consensus.ConsensusAgent;
import io.gavel.server.consensus.ConsensusGateway;
import io.gavel.server.consensus.ConsensusInbox;
import io.gavel.server.consensus.Lanes;
import io.gavel.server.consensus.SnapshotDesk;
import io.gavel.server.disk.Disk;
import io.gavel.server.disk.DiskReserve;
import io.gavel.server.entry.FeatureLevels;
import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.state.StateListener;
import io.gavel.server.storage.Identity;
import io.gavel.server.storage.JournalAgent;
import io.gavel.server.storage.JournalEvents;
import io.gavel.server.transport.PeerEndpoint;
import io.gavel.server.transport.PeerIdentity;
import io.gavel.server.transport.PeerTransport;
import io.gavel.server.transport.TransportCounters;
import io.gavel.server.watch.WatchHub;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// The agents of one node, wired to each other: what belongs to whom is decided here and nowhere else.
///
/// It owns no thread, no socket and no clock. [Node] drives the agents on threads; the simulator drives the same
/// objects on virtual time.
public final class NodeAssembly implements AutoCloseable {
    static final String VERSION = "0.1.0-SNAPSHOT";
    private static final int BULK_TASKS = 4_096;
    private static final Mailbox.Limits JOURNAL_EFFECTS = new Mailbox.Limits(131_072, Long.MAX_VALUE / 2);
    private static final Mailbox.Limits NONE = new Mailbox.Limits(2, 2);

    /// The agents of a node; each is driven on its own.
    public enum Role {
        CONSENSUS,
        APPLY,
        JOURNAL,
        BULK,
        CATCH_UP,
        WATCH
    }

    /// Who the node is.
    ///
    /// @param first the first configuration of the cluster; empty for a member that joined later
    public record Origin(ServerConfig config, Identity identity, Configuration first) {}

    /// What the node stands on.
    ///
    /// @param peers open; the assembly connects it and does not close it
    /// @param readers runs longer reads and schema checks; refuses when it is full
    /// @param wakers for each agent what makes its next turn come soon; any thread may run it
    public record Ground(
            Disk disk,
            PeerEndpoint peers,
            NanoClock clock,
            RandomGenerator random,
            Executor readers,
            Timers timers,
            Function<Role, Runnable> wakers) {}

    /// Lets somebody look at what passes between the agents; who looks must pass everything on.
    public interface Tap {
        /// Nobody looks.
        Tap NONE = new Tap() {};

        /// In front of the lane to the journal.
        default Lanes lanes(Lanes lanes) {
            return lanes;
        }

        /// In front of what the journal reports.
        default JournalEvents journalEvents(JournalEvents events) {
            return events;
        }

        /// In front of what the state machine tells.
        default StateListener state(StateListener listener) {
            return listener;
        }
    }

    private final ServerConfig config;
    private final Ground ground;
    private final Identity identity;
    private final TransportCounters counters = new TransportCounters();
    private final ApiBridge bridge = new ApiBridge();
    private final Map<Role, Agent> agents = new EnumMap<>(Role.class);
    private final OpenStorage storage;
    private final SnapshotDesk desk;
    private final ConsensusInbox inbox;
    private final NodeLanes lanes;
    private final PeerTransport transport;
    private final ApplyAgent apply;
    private final ConsensusAgent consensus;
    private final ConsensusGateway gateway;
    private final WatchHub watches;
    private final Api api;

    /// Opens the node's storage and makes its agents; none has had a turn yet.
    ///
    /// @throws IOException if the storage cannot be opened
    public NodeAssembly(Origin origin, Ground ground, NodeTuning tuning, Tap tap) throws IOException {
        this.config = origin.config();
        this.ground = ground;
        this.identity = origin.identity();
        BulkAgent bulk = new BulkAgent(BULK_TASKS, ground.wakers().apply(Role.BULK));
        // Writing a snapshot takes seconds; entries for peers that lag and new segments must not wait for it.
        BulkAgent catchUp = new BulkAgent(BULK_TASKS, ground.wakers().apply(Role.CATCH_UP));
        this.storage = OpenStorage.open(
                tuning.journal(), ground.disk(), identity, origin.first(), catchUp::submit, ground.random());
        this.inbox = new ConsensusInbox(
                new Mailbox.Limits(
                        config.limits().mailboxItems(), config.limits().mailboxBytes()),
                ground.wakers().apply(Role.CONSENSUS));
        this.lanes = lanes(inbox, ground.wakers().apply(Role.JOURNAL));
        this.desk = new SnapshotDesk(
                storage.snapshots(),
                identity,
                new SnapshotDesk.Ports(
                        bulk::submit,
                        inbox,
                        ground.peers()::sendSnapshot,
                        () -> takeSnapshot((_, _) -> {}),
                        ground.clock()));
        this.transport = ground.peers()
                .connect(
                        peerIdentity(),
                        new PeerEndpoint.Receivers(
                                inbox, desk, storage.journal().peers(), lanes::record),
                        counters);
        desk.connect(transport);
        lanes.connect(transport, desk);
        this.apply = createApply(inbox, lanes, tap.state(bridge));
        this.consensus = new ConsensusAgent(
                consensusSetup(storage.journal().bootCount()),
                new ConsensusAgent.Ports(inbox, tap.lanes(lanes), apply, transport, bridge::endTurn),
                RaftCore.recover(tuning.raft(), storage.recovered(), ground.random()));
        this.gateway = new ConsensusGateway(config.id(), inbox, consensus, apply, transport);
        this.watches = new WatchHub(
                identity.incarnation(), tuning.watches(), ground.wakers().apply(Role.WATCH));
        this.api = createApi(new LocalSnapshots(apply, desk, bulk));
        agents.put(Role.CONSENSUS, consensus);
        agents.put(Role.APPLY, apply);
        agents.put(Role.JOURNAL, journal(lanes, tap.journalEvents(lanes), catchUp));
        agents.put(Role.BULK, bulk);
        agents.put(Role.CATCH_UP, catchUp);
        agents.put(Role.WATCH, watches);
    }

    private void takeSnapshot(ApplyAgent.SnapshotAsk ask) {
        var _ = apply.submit(() -> apply.takeSnapshot(ask));
    }

    private NodeLanes lanes(ConsensusInbox inbox, Runnable wakeJournal) {
        return new NodeLanes(
                inbox,
                new DiskReserve(
                        config.storage().diskReserveBytes(),
                        config.storage().segmentBytes(),
                        storage.snapshots()::newestBytes),
                this::takeSnapshot,
                new Mailbox<>(JOURNAL_EFFECTS, NONE, _ -> 0, wakeJournal),
                new Mailbox<>(new Mailbox.Limits(1_024, 1_024), NONE, _ -> 1, wakeJournal));
    }

    private ApplyAgent createApply(ConsensusInbox inbox, NodeLanes lanes, StateListener listener) throws IOException {
        return new ApplyAgent(
                new ApplyAgent.Setup(
                        config.id(),
                        storage.recovered().snapshot(),
                        storage.state(),
                        storage.skipped(),
                        config.storage().snapshotThresholdBytes(),
                        config.limits().mailboxItems()),
                new ApplyAgent.Ports(inbox, lanes.committedLog(storage.journal().reader()), desk, listener),
                ground.wakers().apply(Role.APPLY));
    }

    private JournalAgent journal(NodeLanes lanes, JournalEvents events, BulkAgent catchUp) {
        return new JournalAgent(
                storage.journal(),
                storage.options(),
                lanes.journalEffects(),
                lanes.peerBoots(),
                new JournalAgent.Ports(events, lanes, catchUp::submit, ground.clock()));
    }

    private PeerIdentity peerIdentity() {
        return new PeerIdentity(
                identity.clusterId(),
                identity.incarnation(),
                identity.memberId(),
                identity.uuid(),
                new PeerIdentity.Start(
                        storage.journal().bootCount(),
                        storage.journal().nonces(),
                        storage.recovered().lastEntry().index()),
                config.self().peer().toString());
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

    private Api createApi(SnapshotExport snapshots) {
        ByteString clusterId = ByteString.copyFrom(ByteBuffer.allocate(16)
                .putLong(identity.clusterId().high())
                .putLong(identity.clusterId().low())
                .flip());
        MemberIdentity member =
                new MemberIdentity(clusterId, identity.incarnation(), identity.memberId(), identity.uuid(), VERSION);
        NodePorts ports = new NodePorts(
                member, gateway, apply::machine, apply, ground.readers(), ground.timers(), ground.clock());
        StreamLimits limits =
                new StreamLimits(config.limits().streams(), config.limits().streamBytes());
        Api created = new Api(ports, snapshots, watches, ground.peers()::connectPlainly, limits);
        bridge.connect(created, new WatchSupply(watches, apply::machine));
        return created;
    }

    /// Says from now on when a leader comes to be known or is lost.
    void report(Consumer<Boolean> serving) {
        bridge.report(new ApiBridge.Health(gateway::hasLeader, serving));
    }

    /// Lets somebody measure what the agents do from now on.
    void measure(NodeMeters meters) {
        lanes.measure(meters);
        desk.measure(meters::onSnapshotTaken);
    }

    /// The queues into consensus.
    ConsensusInbox inbox() {
        return inbox;
    }

    /// What is to stay free on the disk.
    DiskReserve reserve() {
        return lanes.reserve();
    }

    /// Size of the newest snapshot; 0 = there is none.
    long snapshotBytes() {
        return storage.snapshots().newestBytes();
    }

    /// The agents, each to be driven by one thread, or all by one.
    public Map<Role, Agent> agents() {
        return Collections.unmodifiableMap(agents);
    }

    public ConsensusAgent consensus() {
        return consensus;
    }

    public ApplyAgent apply() {
        return apply;
    }

    /// What the API stands on.
    public ConsensusGateway gateway() {
        return gateway;
    }

    public Api api() {
        return api;
    }

    public WatchHub watches() {
        return watches;
    }

    /// What the transport dropped and refused.
    public TransportCounters counters() {
        return counters;
    }

    /// What the core started from.
    public Recovered recovered() {
        return storage.recovered();
    }

    /// How often this member started, this start included (rule 21).
    public long bootCount() {
        return storage.journal().bootCount();
    }

    /// Lets go of what the API holds; the agents have stopped by then.
    @Override
    public void close() {
        api.close();
    }
}
