package io.gavel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gavel.protocol.v1.ErrorCode;
import io.gavel.raft.EntryId;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.api.ClusterView;
import io.gavel.server.api.ConsensusPort;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class ClusterTest {
    private static final long NO_DISK_IS_SO_LARGE = 1L << 60;

    @TempDir
    Path directory;

    @Test
    void oneMemberFormsAClusterAndKeepsWhatItAcknowledged() throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 1)) {
            Node node = cluster.awaitLeader();
            assertThat(cluster.put(node, "key", "value").hasPut()).isTrue();
            assertThat(cluster.get(node, "key")).isEqualTo("value");
            cluster.kill(1);
            Node again = cluster.startNode(1);
            cluster.awaitLeader();
            assertThat(cluster.get(again, "key")).isEqualTo("value");
        }
    }

    @Test
    void anyMemberServesWritesAndLinearizableReads() throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            Node leader = cluster.awaitLeader();
            Node follower = cluster.follower();
            assertThat(cluster.put(leader, "a", "1").hasPut()).isTrue();
            assertThat(cluster.put(follower, "b", "2").hasPut()).isTrue();
            for (Node node : cluster.nodes()) {
                assertThat(cluster.get(node, "a")).isEqualTo("1");
                assertThat(cluster.get(node, "b")).isEqualTo("2");
            }
            cluster.awaitEqualDigests();
            await().untilAsserted(() -> assertThat(follower.consensus().view().members())
                    .extracting(ClusterView.MemberView::clientEndpoint)
                    .doesNotContain(""));
        }
    }

    @Test
    void survivesTheLossOfItsLeaderAndTakesItBack() throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            Node leader = cluster.awaitLeader();
            int lost = leader.id().value();
            assertThat(cluster.put(leader, "before", "1").hasPut()).isTrue();
            Node survivor = cluster.follower();
            cluster.kill(lost);
            cluster.putUntilAcknowledged(survivor, "after", "2");
            assertThat(cluster.get(survivor, "before")).isEqualTo("1");
            cluster.startNode(lost);
            cluster.awaitEqualDigests();
            assertThat(cluster.get(cluster.node(lost), "after")).isEqualTo("2");
        }
    }

    @Test
    void aMemberThatWasAwayCatchesUpFromTheLog() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            Node away = cluster.follower();
            int id = away.id().value();
            cluster.kill(id);
            Node leader = cluster.awaitLeader();
            cluster.putMany(leader, 5_000);
            cluster.startNode(id);
            cluster.awaitEqualDigests();
            assertThat(cluster.localGet(cluster.node(id), "key-4999")).isEqualTo("value");
        }
    }

    @Test
    void aMemberThatIsTooFarBehindCatchesUpBySnapshot() throws Exception {
        try (EmbeddedCluster cluster = new EmbeddedCluster(directory, 3)) {
            cluster.snapshotThresholdBytes = 1 << 20;
            cluster.startAll();
            cluster.awaitLeader();
            int id = cluster.follower().id().value();
            cluster.kill(id);
            Node leader = cluster.awaitLeader();
            Path oldest = oldestIn(cluster.dataDirectory(leader.id().value()).resolve("journal"));
            for (int i = 0; i < 5; i++) {
                cluster.putMany(leader, 10_000);
            }
            giveUpOldLog(cluster, leader, oldest);
            Node behind = cluster.startNode(id);
            cluster.awaitEqualDigests();
            assertThat(cluster.localGet(behind, "key-9999")).isEqualTo("value");
            assertThat(behind.snapshotsInstalled()).isPositive();
            cluster.kill(id);
            Node again = cluster.startNode(id);
            cluster.awaitEqualDigests();
            assertThat(cluster.localGet(again, "key-9999")).isEqualTo("value");
        }
    }

    /// Rule 21: a disk that came back from an older copy.
    /// Member C never had the entry and member B forgot it: together they must not elect a leader without it.
    @Test
    void aMemberWhoseDiskWentBackNeverVotesAgainHoweverOftenItStarts() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            int a = cluster.awaitLeader().id().value();
            int b = cluster.follower().id().value();
            int c = 6 - a - b;
            cluster.putUntilAcknowledged(cluster.node(a), "before", "1");
            cluster.awaitEqualDigests();
            cluster.kill(b);
            Path copy = EmbeddedCluster.copy(cluster.dataDirectory(b), directory.resolve("copy"));
            cluster.kill(c);
            cluster.startNode(b);
            cluster.putUntilAcknowledged(cluster.node(a), "acknowledged", "2");
            cluster.awaitEqualDigests();
            cluster.kill(b);
            awaitNoLeader(cluster.node(a));
            EmbeddedCluster.copy(copy, cluster.dataDirectory(b));
            // Its first start has a number that is known with another nonce, the second one a new number.
            cluster.startNode(b);
            cluster.kill(b);
            Node poorer = cluster.startNode(b);

            await().atMost(Duration.ofSeconds(20))
                    .until(() -> poorer.consensus().view().condition().repairUntil() > 0);
            assertThat(poorer.consensus().view().leader())
                    .as("one voter is no majority")
                    .isNull();
            cluster.startNode(c);
            cluster.putUntilAcknowledged(cluster.node(a), "after", "3");
            assertThat(cluster.get(cluster.node(c), "acknowledged")).isEqualTo("2");
            assertThat(poorer.consensus().view().condition().repairUntil()).isEqualTo(Long.MAX_VALUE);
            cluster.kill(a);
            awaitNoLeader(cluster.node(c));
            assertThat(poorer.consensus().view().leader())
                    .as("its vote does not count")
                    .isNull();
        }
    }

    private static void awaitNoLeader(Node node) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> node.consensus().view().leader() == null);
    }

    /// A leader keeps its log for a peer that it heard from lately (rule 14): takes snapshots until it gives it up.
    private static void giveUpOldLog(EmbeddedCluster cluster, Node leader, Path oldest) {
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            cluster.putMany(leader, 1);
            cluster.saveSnapshot(leader);
            return Files.notExists(oldest);
        });
    }

    private static Path oldestIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.min(Comparator.naturalOrder()).orElseThrow();
        }
    }

    @Test
    void leadershipMovesWhereItIsTold() throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            for (int target = 1; target <= 3; target++) {
                NodeId to = new NodeId(target);
                for (int asked = 1; asked <= 3; asked++) {
                    cluster.awaitLeader();
                    ConsensusPort consensus = cluster.node(asked).consensus();
                    await().until(() -> consensus.view().leader() != null);
                    AtomicReference<@Nullable NodeId> seenWhenDone = new AtomicReference<>();
                    assertThat(cluster.control(done -> consensus.transferLeadership(to, cluster.deadline(), error -> {
                                seenWhenDone.set(consensus.view().leader());
                                done.accept(error);
                            })))
                            .isNull();
                    assertThat(seenWhenDone).hasValue(to);
                }
            }
        }
    }

    @Test
    void aRenewalThroughAnyMemberIsConfirmedOnceItIsApplied() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            Node leader = cluster.awaitLeader();
            byte[] secretHash = MessageDigest.getInstance("SHA-256").digest(new byte[16]);
            long proof = ByteBuffer.wrap(secretHash).getLong();
            long session = cluster.openSession(leader, secretHash);
            for (Node node : cluster.nodes()) {
                assertThat(cluster.control(done -> node.consensus().renew(session, proof, cluster.deadline(), done)))
                        .isNull();
                assertThat(cluster.control(
                                done -> node.consensus().renew(session, proof + 1, cluster.deadline(), done)))
                        .isNotNull();
                assertThat(cluster.control(
                                done -> node.consensus().renew(session + 99, proof, cluster.deadline(), done)))
                        .extracting(error -> Objects.requireNonNull(error).getCode())
                        .isEqualTo(ErrorCode.SESSION_EXPIRED);
            }
        }
    }

    @Test
    void replicatedTimeGoesOnWhileASessionLivesAndStopsWithoutOne() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 1)) {
            Node node = cluster.awaitLeader();
            assertThat(cluster.put(node, "key", "value").hasPut()).isTrue();
            long before = node.machine().published().replicatedTimeNanos();
            cluster.openSession(node, new byte[32]);
            await().untilAsserted(() -> assertThat(node.machine().published().replicatedTimeNanos())
                    .isGreaterThan(before + TimeUnit.SECONDS.toNanos(1)));
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(node.machine().published().anythingCanExpire())
                            .isFalse());
            EntryId idle = node.machine().published().lastApplied();
            assertThat(cluster.put(node, "key", "later").hasPut()).isTrue();
            assertThat(node.machine().published().lastApplied().index()).isEqualTo(idle.index() + 1);
        }
    }

    @Test
    void theLeaderLogsAVerdictOnWhatTheMajorityHolds() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            Node leader = cluster.awaitLeader();
            cluster.putMany(leader, 3_000);
            for (Node node : cluster.nodes()) {
                await().untilAsserted(() ->
                        assertThat(node.machine().agreedCheckpoint()).isNotNull());
            }
            cluster.awaitEqualDigests();
        }
    }

    @Test
    void growthWaitsForRoomOnAMajorityWhileEverythingElseGoesOn() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            assertThat(cluster.put(cluster.awaitLeader(), "key", "value").hasPut())
                    .isTrue();
            cluster.killAll();
            cluster.diskReserves.put(2, NO_DISK_IS_SO_LARGE);
            cluster.diskReserves.put(3, NO_DISK_IS_SO_LARGE);
            cluster.startAll();
            cluster.awaitLeader();
            for (Node node : cluster.nodes()) {
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(cluster.put(node, "more", "x")
                                        .getError()
                                        .getCode())
                                .isEqualTo(ErrorCode.STORAGE_FULL));
            }
            Node leader = cluster.awaitLeader();
            assertThat(cluster.openSession(cluster.follower(), new byte[32])).isPositive();
            assertThat(cluster.delete(cluster.follower(), "key").hasDelete()).isTrue();
            assertThat(cluster.get(leader, "key")).isEmpty();
            assertThat(leader.consensus().view().condition().growthRefused()).isTrue();
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(cluster.dataDirectory(3).resolve("snapshots"))
                            .as("a snapshot takes the place of the log (rule 26)")
                            .isNotEmptyDirectory());

            cluster.kill(2);
            cluster.diskReserves.remove(2);
            Node roomy = cluster.startNode(2);
            cluster.putUntilAcknowledged(roomy, "more", "y");
        }
    }

    @Test
    void aLeaderWithoutRoomLeavesToOneThatHasIt() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            NodeId cramped = cluster.awaitLeader().id();
            cluster.killAll();
            cluster.diskReserves.put(cramped.value(), NO_DISK_IS_SO_LARGE);
            cluster.startAll();
            Node first = cluster.awaitLeader();
            cluster.control(done -> first.consensus().transferLeadership(cramped, cluster.deadline(), done));

            cluster.putUntilAcknowledged(cluster.node(cramped.value()), "key", "value");

            assertThat(cluster.awaitLeader().id()).isNotEqualTo(cramped);
        }
    }

    @Test
    void aMinorityRefusesToServe() throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            cluster.awaitLeader();
            cluster.kill(1);
            cluster.kill(2);
            Node alone = cluster.node(3);
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                assertThat(alone.consensus().view().leader()).isNull();
            });
            assertThat(cluster.put(alone, "key", "value").getError().getCode()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(cluster.get(alone, "key")).startsWith("error: ");
        }
    }

    @Test
    void aNewMemberJoinsIsPromotedAndAnOldOneRemoved() throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            Node leader = cluster.awaitLeader();
            assertThat(cluster.put(leader, "before", "1").hasPut()).isTrue();
            Node added = cluster.startNewMember(4);
            Member member = new Member(added.id(), added.identity().uuid(), added.peerAddress());
            change(cluster, leader, new ConfigurationChange.AddLearner(member));
            await().untilAsserted(
                            () -> assertThat(cluster.localGet(added, "before")).isEqualTo("1"));
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(cluster.control(done -> cluster.awaitLeader()
                                    .consensus()
                                    .changeMembership(
                                            new ConfigurationChange.Promote(added.id()), cluster.deadline(), done)))
                            .isNull());
            NodeId removed = cluster.follower().id();
            change(cluster, cluster.awaitLeader(), new ConfigurationChange.Remove(removed));
            await().untilAsserted(() -> assertThat(cluster.awaitLeader()
                            .consensus()
                            .view()
                            .configuration()
                            .voters())
                    .extracting(Member::id)
                    .doesNotContain(removed)
                    .contains(added.id()));
            cluster.kill(removed.value());
            cluster.putUntilAcknowledged(added, "after", "2");
        }
    }

    @Test
    void aLeaderThatIsRemovedCommitsThatAndHandsOver() throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            Node leader = cluster.awaitLeader();
            Node asked = cluster.follower();
            assertThat(cluster.put(leader, "before", "1").hasPut()).isTrue();

            change(cluster, asked, new ConfigurationChange.Remove(leader.id()));

            assertThat(asked.consensus().view().configuration().contains(leader.id()))
                    .isFalse();
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                NodeId now = asked.consensus().view().leader();
                return now != null && !now.equals(leader.id());
            });
            cluster.putUntilAcknowledged(asked, "after", "2");
        }
    }

    private static void change(EmbeddedCluster cluster, Node node, ConfigurationChange change) {
        assertThat(cluster.control(done -> node.consensus().changeMembership(change, cluster.deadline(), done)))
                .isNull();
    }

    @Test
    void anEmptiedDiskDoesNotComeBackUnderItsOldIdentity() throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            Node leader = cluster.awaitLeader();
            assertThat(cluster.put(leader, "key", "value").hasPut()).isTrue();
            int id = cluster.follower().id().value();
            cluster.kill(id);
            deleteAll(cluster.dataDirectory(id));
            assertThatThrownBy(() -> cluster.startNode(id))
                    .hasMessageContaining("belongs to cluster")
                    .hasMessageContaining("member replace");
        }
    }

    private static void deleteAll(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        }
    }
}
