package io.gavel.faults.sim;

import io.gavel.faults.sim.client.Workload;
import io.gavel.faults.sim.node.NodeSetting;
import io.gavel.faults.sim.time.Draws;
import io.gavel.raft.RaftConfig;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.config.Endpoint;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.node.NodeAssembly;
import io.gavel.server.node.NodeTuning;
import io.gavel.server.storage.ClusterId;
import io.gavel.server.storage.Identity;
import io.gavel.server.storage.JournalOptions;
import io.gavel.server.watch.WatchLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Sizes and times of a cluster, drawn once a run from wide ranges.
///
/// @param ttlNanos of the clients' sessions
/// @param thinkNanos what a client waits between two operations, on average
/// @param further what each client has beside its own session
/// @param limits of the replicated state that differ from the usual ones
/// @param watchTurnNanos what each turn of a member's watches takes
record Settings(
        int nodes,
        int clients,
        long latencyNanos,
        long syncNanos,
        long ttlNanos,
        long thinkNanos,
        ServerConfig.Timings timings,
        ServerConfig.StorageLimits storage,
        RaftConfig.Flow flow,
        RaftConfig.Retention retention,
        JournalOptions journal,
        WatchLimits watches,
        Further further,
        ClusterSettings limits,
        long watchTurnNanos) {
    /// As many messages as an operation takes that waits for nothing else.
    private static final int HASTE = 6;

    static final ClusterId CLUSTER = new ClusterId(0x6761, 0x76656c);
    private static final long INCARNATION = 77;
    private static final int PEER_PORT = 1;
    private static final int CLIENT_PORT = 2;
    private static final long MILLI = 1_000_000;
    private static final long FAR_NANOS = 20 * MILLI;
    private static final WatchLimits TINY_WATCHES = tinyWatches(16);

    /// Sessions of a client beside its own.
    ///
    /// @param idle only live
    /// @param standbys stand in line for one lock
    record Further(int idle, int standbys) {
        static final Further NONE = new Further(0, 0);

        private static Further draw(RandomGenerator random) {
            return new Further(
                    random.nextInt(6) == 0 ? 4 + random.nextInt(12) : 0,
                    random.nextInt(4) == 0 ? 2 + random.nextInt(3) : 0);
        }
    }

    static Settings draw(RunOptions options, RandomGenerator random) {
        int drawn = random.nextInt(10);
        int nodes = drawn < 5 ? 3 : drawn < 9 ? 5 : 7;
        long election = Draws.oneOf(random, 500L, 1_000L, 1_000L) * MILLI;
        ServerConfig.Timings timings = new ServerConfig.Timings(
                election, election / Draws.oneOf(random, 4, 8), Draws.oneOf(random, 200L, 500L) * MILLI, 1_000 * MILLI);
        boolean snapshots = random.nextInt(3) > 0;
        boolean tiny = random.nextInt(4) == 0;
        JournalOptions journal = new JournalOptions(
                Draws.oneOf(random, 80 << 10, 128 << 10, 512 << 10),
                tiny ? 512 : 4 << 20,
                tiny ? 2 : 4_096,
                Draws.oneOf(random, 0, 4 << 10, 1 << 20),
                50 * MILLI,
                100 * MILLI);
        WatchLimits watches = random.nextInt(4) > 0 ? WatchLimits.DEFAULT : tinyWatches(2 << random.nextInt(4));
        Further further = Further.draw(random);
        long latencyNanos = latencyNanos(further.standbys() > 0, random);
        return new Settings(
                options.nodes() == 0 ? nodes : options.nodes(),
                3 + random.nextInt(3),
                latencyNanos,
                Draws.oneOf(random, 100_000L, 500_000L, 3_000_000L),
                Draws.oneOf(random, 3_000L, 6_000L, 10_000L) * MILLI,
                Draws.oneOf(random, 200L, 300L, 400L) * MILLI,
                timings,
                new ServerConfig.StorageLimits(
                        journal.segmentBytes(), snapshots ? 16L << 10 << random.nextInt(3) : 1L << 40, 0),
                flow(tiny && latencyNanos < FAR_NANOS, random),
                new RaftConfig.Retention(
                        snapshots ? Draws.oneOf(random, 0, 20, 10_000) : 10_000,
                        snapshots ? Draws.oneOf(random, 0L, 64L << 10, 256L << 20) : 256L << 20),
                journal,
                watches,
                further,
                limits(further.standbys() > 0, random),
                random.nextInt(4) == 0 ? (1 + random.nextLong(80)) * MILLI : 0);
    }

    /// Of one message. Members are now and then in other towns; half the time where sessions are to end together, so
    /// that an entry takes longer than the next one of time.
    private static long latencyNanos(boolean often, RandomGenerator random) {
        return random.nextInt(often ? 2 : 12) == 0
                ? FAR_NANOS + random.nextLong(60) * MILLI
                : Draws.oneOf(random, 200_000L, 1_000_000L, 4_000_000L);
    }

    /// Tiny windows let next to nothing through where a message takes long.
    private static RaftConfig.Flow flow(boolean tiny, RandomGenerator random) {
        return tiny
                ? new RaftConfig.Flow(1 + random.nextInt(4), 200, 1 + random.nextInt(3), 600)
                : RaftConfig.Flow.DEFAULT;
    }

    /// What a member's links may be slower by: a round trip for each window must carry what one client writes beside
    /// the entries of time.
    long slowestNanos() {
        return flow.equals(RaftConfig.Flow.DEFAULT) ? 400 * MILLI : 40 * MILLI;
    }

    /// How the clients go about their work.
    Workload.Pace pace() {
        return new Workload.Pace(thinkNanos, HASTE * latencyNanos, further.standbys());
    }

    private static WatchLimits tinyWatches(int ringRevisions) {
        return new WatchLimits(100, 4 << 10, ringRevisions, 2 << 10, 512, 3 << 20, 50, 2, 2_000 * MILLI, 1_000 * MILLI);
    }

    private static ClusterSettings limits(boolean endTogether, RandomGenerator random) {
        ClusterSettings.Builder limits = ClusterSettings.newBuilder()
                .setCheckpointInterval(Draws.oneOf(random, 16, 64, 256))
                .setHistoryRetentionRevisions(Draws.oneOf(random, 8L, 40L, 200_000L));
        if (random.nextInt(4) < (endTogether ? 3 : 2)) {
            limits.setExpirySessionsPerEntry(1).setExpiryKeysPerEntry(2);
        }
        return limits.build();
    }

    /// The sizes of a world that is told what to do.
    static Settings of(StageSetting stage) {
        ServerConfig.Timings timings = new ServerConfig.Timings(
                stage.electionMillis() * MILLI,
                stage.electionMillis() * MILLI / 4,
                stage.clockMillis() * MILLI,
                1_000 * MILLI);
        JournalOptions journal =
                new JournalOptions(stage.segmentBytes(), 4 << 20, 4_096, 4 << 10, 50 * MILLI, 100 * MILLI);
        return new Settings(
                stage.nodes(),
                0,
                200_000L,
                100_000L,
                stage.ttlMillis() * MILLI,
                MILLI,
                timings,
                new ServerConfig.StorageLimits(stage.segmentBytes(), stage.snapshotBytes(), 0),
                RaftConfig.Flow.DEFAULT,
                new RaftConfig.Retention(stage.keptEntries(), 256L << 20),
                journal,
                stage.tinyWatches() ? TINY_WATCHES : WatchLimits.DEFAULT,
                Further.NONE,
                ClusterSettings.getDefaultInstance(),
                0);
    }

    static MemberUuid uuid(int member, int life) {
        return new MemberUuid(member, life);
    }

    static Member member(int id, int life) {
        return new Member(new NodeId(id), uuid(id, life), "n" + id + ":" + PEER_PORT);
    }

    static String clientEndpoint(int id) {
        return "n" + id + ":" + CLIENT_PORT;
    }

    /// The founders' setting; a later member has an empty first configuration.
    NodeSetting node(int id, int life, boolean founder) {
        List<ServerConfig.ClusterMember> listed = new ArrayList<>();
        List<Member> founders = new ArrayList<>();
        for (int other = 1; other <= nodes; other++) {
            founders.add(member(other, 0));
            listed.add(listed(other));
        }
        if (id > nodes) {
            listed.add(listed(id));
        }
        ServerConfig config = new ServerConfig(
                new NodeId(id),
                Path.of("/"),
                new ServerConfig.Listeners(
                        Endpoint.parse(clientEndpoint(id)), listed(id).peer(), new Endpoint("n" + id, 3)),
                listed,
                timings,
                storage,
                new ServerConfig.LoadLimits(10_000, 16L << 20, 16 << 20, 4L << 20, watches.watcherBytes(), 100),
                0);
        RaftConfig raft = NodeTuning.of(config).raft().withFlow(flow).withRetention(retention);
        Identity identity = new Identity(CLUSTER, new NodeId(id), uuid(id, life), INCARNATION);
        return new NodeSetting(
                new NodeAssembly.Origin(config, identity, founder ? Configuration.of(founders) : Configuration.EMPTY),
                new NodeTuning(raft, journal, watches),
                syncNanos,
                watchTurnNanos);
    }

    private static ServerConfig.ClusterMember listed(int id) {
        return new ServerConfig.ClusterMember(
                new NodeId(id), new Endpoint("n" + id, PEER_PORT), new Endpoint("n" + id, CLIENT_PORT));
    }
}
