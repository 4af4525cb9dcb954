package io.gavel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.ExecuteRequest;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.Put;
import io.gavel.server.observe.Metric;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Every metric is fed on real nodes: it is there, and what ought to move does.
@Timeout(120)
final class ObservationTest {
    private static final List<String> MOVED_ON_THE_LEADER = List.of(
            "gavel_raft_is_leader",
            "gavel_raft_leader_changes_total",
            "gavel_raft_elections_total",
            "gavel_raft_commit_index",
            "gavel_raft_applied_index",
            "gavel_journal_commit_seconds_count",
            "gavel_journal_batch_bytes_sum",
            "gavel_journal_writes_total",
            "gavel_disk_free_bytes",
            "gavel_disk_reserve_bytes",
            "gavel_snapshot_taken_seconds_count",
            "gavel_snapshot_size_bytes",
            "gavel_state_revision",
            "gavel_state_size_bytes",
            "gavel_state_time_seconds",
            "gavel_state_feature_level",
            "gavel_requests_seconds_count{code=\"OK\",kind=\"put\"}");

    @TempDir
    Path directory;

    @Test
    void everyMetricIsFedFromWhereItHappens() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            Node leader = cluster.awaitLeader();
            cluster.putMany(leader, 2_000);
            cluster.openSession(leader, new byte[32]);
            cluster.saveSnapshot(leader);
            putThroughTheApi(leader);

            for (Node node : cluster.nodes()) {
                String scrape = scrape(node);
                for (Metric metric : Metric.values()) {
                    assertThat(scrape).contains("# TYPE " + metric.prometheusName() + " ");
                }
            }
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                Map<String, Double> seen = samples(scrape(leader));
                for (String name : MOVED_ON_THE_LEADER) {
                    assertThat(seen.get(name)).as(name).isPositive();
                }
                assertThat(seen).containsEntry("gavel_raft_voters", 3.0).containsEntry("gavel_peers_connected", 2.0);
                assertThat(seen).containsEntry("gavel_state_agreed_index", 1_024.0);
            });
        }
    }

    private static void putThroughTheApi(Node node) {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", node.clientPort())
                .usePlaintext()
                .build();
        try {
            Command put = Command.newBuilder()
                    .setPut(Put.newBuilder()
                            .setKey(ByteString.copyFromUtf8("key"))
                            .setValue(ByteString.copyFromUtf8("value")))
                    .build();
            GavelGrpc.newBlockingStub(channel)
                    .execute(ExecuteRequest.newBuilder().setCommand(put).build());
        } finally {
            channel.shutdownNow();
        }
    }

    private static String scrape(Node node) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + node.adminPort() + "/metrics");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static Map<String, Double> samples(String scrape) {
        Map<String, Double> samples = new TreeMap<>();
        for (String line : scrape.lines().toList()) {
            int value = line.lastIndexOf(' ');
            if (!line.startsWith("#") && value > 0) {
                samples.put(line.substring(0, value), Double.parseDouble(line.substring(value + 1)));
            }
        }
        return samples;
    }
}
