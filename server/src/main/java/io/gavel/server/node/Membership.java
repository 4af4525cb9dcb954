package io.gavel.server.node;

import com.google.protobuf.ByteString;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.disk.Disk;
import io.gavel.server.peer.v1.Candidacy;
import io.gavel.server.peer.v1.Formed;
import io.gavel.server.peer.v1.ProbeReply;
import io.gavel.server.peer.v1.ProbeRequest;
import io.gavel.server.peer.v1.Uuid;
import io.gavel.server.storage.ClusterId;
import io.gavel.server.storage.Identity;
import io.gavel.server.transport.PeerEndpoint;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How this node comes to be a member, and what it answers to others who want to (rule 20). The rim: it waits for
/// other nodes, as long as it takes.
final class Membership {
    private static final Logger log = LoggerFactory.getLogger(Membership.class);
    private static final long ROUND_LIMIT_MILLIS = 2_000;
    private static final long PAUSE_MILLIS = 100;
    private static final int ROUNDS_BETWEEN_MESSAGES = 50;

    private final ServerConfig config;
    private final Disk disk;
    private final RandomGenerator random;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile @Nullable Charter charter;
    private volatile @Nullable Supplier<Configuration> current;
    private volatile Supplier<Boolean> initialised = () -> false;

    Membership(ServerConfig config, Disk disk, RandomGenerator random) {
        this.config = config;
        this.disk = disk;
        this.random = random;
    }

    /// What this node is, from the first moment it can be asked. Any thread.
    ProbeReply answer(ProbeRequest request) {
        ProbeReply.Builder reply =
                ProbeReply.newBuilder().setMemberId(config.id().value());
        Charter known = charter;
        if (known == null || request.getReceiverId() != config.id().value()) {
            return reply.build();
        }
        Configuration first = known.configuration();
        if (first == null) {
            return reply.setNone(Candidacy.newBuilder()
                            .setUuid(uuid(known.uuid()))
                            .setClusterId(uuid(known.clusterId()))
                            .setIncarnation(known.incarnation())
                            .setPeerAddress(config.self().peer().toString()))
                    .build();
        }
        Supplier<Configuration> newest = current;
        Configuration now = newest == null ? first : newest.get();
        Formed formed = Formed.newBuilder()
                .setClusterId(uuid(known.clusterId()))
                .setIncarnation(known.incarnation())
                .setConfiguration(ByteString.copyFrom(ConfigurationCodec.encode(first)))
                .setCurrentConfiguration(ByteString.copyFrom(ConfigurationCodec.encode(now)))
                .build();
        return (initialised.get() ? reply.setInitialised(formed) : reply.setUninitialised(formed)).build();
    }

    /// From now on answers tell the configuration in force, and whether this member ever took part.
    void serve(Supplier<Configuration> configuration, Supplier<Boolean> tookPart) {
        current = configuration;
        initialised = tookPart;
    }

    /// The first configuration of the cluster; empty for a member that joined later.
    Configuration firstConfiguration() {
        Charter known = charter;
        Configuration first = known == null ? null : known.configuration();
        return first == null ? Configuration.EMPTY : first;
    }

    /// Ends a wait in [#establish].
    void stop() {
        stopped.countDown();
    }

    /// The identity that this member will have: the durable one, or one agreed with the other listed members.
    ///
    /// @throws StartException if this node must not take part, or was stopped while it waited
    Identity establish(PeerEndpoint endpoint) throws IOException, StartException, InterruptedException {
        Charter known = Charter.read(disk);
        Identity durable = Identity.read(disk);
        if (durable != null) {
            return reopen(durable, known, endpoint);
        }
        if (known == null) {
            known = new Charter(
                    new MemberUuid(random.nextLong(), random.nextLong()),
                    new ClusterId(random.nextLong(), random.nextLong()),
                    random.nextLong() >>> 1,
                    null);
            known.write(disk);
        }
        charter = known;
        if (known.configuration() == null) {
            known = agree(endpoint, known);
            known.write(disk);
            charter = known;
        }
        return new Identity(known.clusterId(), config.id(), known.uuid(), known.incarnation());
    }

    private Identity reopen(Identity durable, @Nullable Charter known, PeerEndpoint endpoint)
            throws StartException, InterruptedException {
        if (!durable.memberId().equals(config.id())) {
            throw new StartException(
                    ExitCode.IDENTITY_REFUSED,
                    "data: " + config.dataDirectory() + " belongs to member " + durable.memberId() + " of cluster "
                            + durable.clusterId() + ", but this node is told to be member " + config.id());
        }
        Configuration first = known == null ? null : known.configuration();
        Charter own = new Charter(
                durable.uuid(),
                durable.clusterId(),
                durable.incarnation(),
                first == null ? Configuration.EMPTY : first);
        charter = own;
        refuseAnotherCluster(durable, ask(endpoint, own));
        return durable;
    }

    /// A directory of another cluster could be served to this cluster's clients without anybody noticing. Members that
    /// do not answer prove nothing: a member must be able to start alone.
    private void refuseAnotherCluster(Identity durable, SortedMap<NodeId, @Nullable ProbeReply> answers)
            throws StartException {
        for (Map.Entry<NodeId, @Nullable ProbeReply> answer : answers.entrySet()) {
            ProbeReply reply = answer.getValue();
            if (reply == null || !(reply.hasInitialised() || reply.hasUninitialised())) {
                continue;
            }
            Formed formed = reply.hasInitialised() ? reply.getInitialised() : reply.getUninitialised();
            ClusterId theirs = new ClusterId(
                    formed.getClusterId().getHigh(), formed.getClusterId().getLow());
            if (!theirs.equals(durable.clusterId())) {
                throw new StartException(
                        ExitCode.IDENTITY_REFUSED,
                        "data: " + config.dataDirectory() + " belongs to cluster " + durable.clusterId()
                                + ", but member " + answer.getKey() + " of the list is of cluster " + theirs);
            }
        }
    }

    private Charter agree(PeerEndpoint endpoint, Charter candidacy) throws StartException, InterruptedException {
        String address = config.self().peer().toString();
        for (int round = 0; ; round++) {
            SortedMap<NodeId, @Nullable ProbeReply> answers = ask(endpoint, candidacy);
            switch (Founding.decide(config.id(), address, candidacy, answers)) {
                case Founding.Decision.Found found -> {
                    log.info("founding cluster {} with {}", found.clusterId(), found.configuration());
                    return candidacy.founded(found.clusterId(), found.incarnation(), found.configuration());
                }
                case Founding.Decision.Join join -> {
                    log.warn(
                            "cluster {} does not list this member yet; waiting to be added: "
                                    + "gavel member add {} --uuid {} --peer {}",
                            join.clusterId(),
                            config.id(),
                            candidacy.uuid(),
                            address);
                    return candidacy.founded(join.clusterId(), join.incarnation(), Configuration.EMPTY);
                }
                case Founding.Decision.Refuse refuse ->
                    throw new StartException(ExitCode.IDENTITY_REFUSED, refuse.reason());
                case Founding.Decision.Wait wait -> {
                    if (round % ROUNDS_BETWEEN_MESSAGES == 0) {
                        log.info("waiting for members {} to found or find the cluster", wait.missing());
                    }
                }
            }
            if (stopped.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new StartException(ExitCode.STOPPED, "stopped before the cluster was founded");
            }
        }
    }

    /// One round: every other listed member, null for those that did not answer in time.
    private SortedMap<NodeId, @Nullable ProbeReply> ask(PeerEndpoint endpoint, Charter candidacy)
            throws InterruptedException {
        SortedMap<NodeId, @Nullable ProbeReply> answers = new TreeMap<>();
        for (ServerConfig.ClusterMember member : config.cluster()) {
            if (!member.id().equals(config.id())) {
                answers.put(member.id(), null);
            }
        }
        CountDownLatch open = new CountDownLatch(answers.size());
        Map<NodeId, ProbeReply> arrived = new ConcurrentSkipListMap<>();
        for (ServerConfig.ClusterMember member : config.cluster()) {
            if (!member.id().equals(config.id())) {
                ProbeRequest request = ProbeRequest.newBuilder()
                        .setSenderId(config.id().value())
                        .setSenderUuid(uuid(candidacy.uuid()))
                        .setReceiverId(member.id().value())
                        .build();
                endpoint.probe(member.peer(), request, (_, reply) -> {
                    if (reply != null) {
                        arrived.put(member.id(), reply);
                    }
                    open.countDown();
                });
            }
        }
        boolean all = open.await(ROUND_LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        log.debug("all listed members answered or failed in time: {}", all);
        answers.putAll(arrived);
        return answers;
    }

    private static Uuid uuid(MemberUuid uuid) {
        return Uuid.newBuilder().setHigh(uuid.high()).setLow(uuid.low()).build();
    }

    private static Uuid uuid(ClusterId id) {
        return Uuid.newBuilder().setHigh(id.high()).setLow(id.low()).build();
    }
}
