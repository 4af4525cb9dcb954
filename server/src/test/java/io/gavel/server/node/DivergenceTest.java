package io.gavel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gavel.protocol.v1.ErrorCode;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.disk.FileDisk;
import io.gavel.server.snapshot.RecordSource;
import io.gavel.server.snapshot.SnapshotFile;
import io.gavel.server.snapshot.SnapshotManifest;
import io.gavel.server.snapshot.SnapshotStore;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Rule 31 on real nodes: a state that was damaged where no checksum sees it, and came back with a restart.
@Timeout(120)
final class DivergenceTest {
    private static final int CHECKPOINT_INTERVAL = 1_024;

    @TempDir
    Path directory;

    @Test
    void aLeaderThatDivergedHaltsAndHealsFromTheOthersInsteadOfRestoringItsDamage() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            Node leader = cluster.awaitLeader();
            // More than a leader keeps behind a snapshot: the log alone cannot heal the member.
            cluster.putMany(leader, 12_000);
            snapshotAll(cluster);
            cluster.killAll();
            damage(cluster.dataDirectory(2), 1);
            cluster.startAll();
            transferTo(cluster, 2);

            cluster.offerMany(cluster.node(2), CHECKPOINT_INTERVAL + 1);

            cluster.awaitHalt(2, ExitCode.STATE_DIVERGED);
            Node next = cluster.awaitLeader();
            cluster.putUntilAcknowledged(next, "after", "divergence");
            Node healed = cluster.startNode(2);
            cluster.awaitEqualDigests();
            assertThat(healed.snapshotsInstalled()).isPositive();
            assertThat(cluster.get(healed, "key-11999")).isEqualTo("value");
            assertThat(cluster.get(healed, "after")).isEqualTo("divergence");
            cluster.putMany(next, CHECKPOINT_INTERVAL);
            cluster.awaitEqualDigests();
        }
    }

    @Test
    void withoutAMajorityForOneStateNothingIsWrittenUntilTheOperatorChooses() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            cluster.putMany(cluster.awaitLeader(), 100);
            snapshotAll(cluster);
            cluster.killAll();
            damage(cluster.dataDirectory(2), 1);
            damage(cluster.dataDirectory(3), 2);
            cluster.startAll();
            Node leader = cluster.awaitLeader();

            cluster.offerMany(leader, CHECKPOINT_INTERVAL + 1);

            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                for (Node node : cluster.nodes()) {
                    var error = cluster.put(node, "refused", "x").getError();
                    assertThat(error.getCode()).isEqualTo(ErrorCode.UNAVAILABLE);
                    assertThat(error.getMessage()).contains("hold different states at index");
                }
            });
            assertThat(leader.consensus().view().condition().writesStopped()).contains("[1, 2, 3]");
            assertThat(cluster.get(leader, "key-99")).as("reads go on").isEqualTo("value");

            for (int id = 1; id <= 3; id++) {
                NodeId other = new NodeId(id);
                if (!other.equals(leader.id())) {
                    assertThat(cluster.control(done -> leader.consensus()
                                    .changeMembership(new ConfigurationChange.Remove(other), cluster.deadline(), done)))
                            .isNull();
                }
            }
            cluster.putUntilAcknowledged(leader, "chosen", "yes");
            assertThat(leader.machine().agreedCheckpoint()).isNotNull();
        }
    }

    private static void snapshotAll(EmbeddedCluster cluster) {
        cluster.awaitEqualDigests();
        cluster.nodes().forEach(cluster::saveSnapshot);
    }

    private static void transferTo(EmbeddedCluster cluster, int id) {
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            Node leader = cluster.awaitLeader();
            if (leader.id().value() != id) {
                cluster.control(
                        done -> leader.consensus().transferLeadership(new NodeId(id), cluster.deadline(), done));
            }
            return cluster.awaitLeader().id().value() == id;
        });
    }

    /// Raises the counter of fencing tokens in the newest snapshot, checksums and digest included.
    private static void damage(Path dataDirectory, int by) throws IOException {
        try (FileDisk disk = FileDisk.open(dataDirectory)) {
            SnapshotStore store = SnapshotStore.open(disk);
            try (SnapshotFile file = Objects.requireNonNull(store.newest().newest())) {
                RecordSource damaged = sink -> file.forEach((key, value) -> {
                    boolean isToken = key[0] == TableId.HEADER.code() && key[1] == 5;
                    byte[] changed = value.clone();
                    if (isToken) {
                        changed[changed.length - 1] += (byte) by;
                    }
                    sink.put(key, changed);
                });
                StateDigest digest = new StateDigest();
                damaged.forEach(digest::add);
                DigestValue value = digest.value();
                SnapshotManifest.Origin origin = file.manifest().origin();
                store.take(
                        file.manifest().meta(),
                        new SnapshotManifest.Origin(
                                origin.clusterId(),
                                origin.incarnation(),
                                origin.revision(),
                                new SnapshotManifest.Digest(StateDigest.VERSION, value.high(), value.low())),
                        damaged);
            }
        }
    }
}
