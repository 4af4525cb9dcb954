package io.gavel.faults.accept;

import io.gavel.cli.local.AcknowledgedWrites;
import io.gavel.cli.local.ServerProcess;
import io.gavel.client.GavelClient;
import io.gavel.client.config.ConfigChanges;
import io.gavel.client.lock.LockGrant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// `kill -9` of the leader, and of everybody, under write load.
final class KillProbe implements Probe {
    private static final double FAILOVER_LIMIT_MILLIS = 500;

    @Override
    public void measure(Verdicts verdicts) throws Exception {
        try (ProbeCluster cluster = ProbeCluster.started()) {
            killLeaders(verdicts, cluster);
        }
        try (ProbeCluster cluster = ProbeCluster.started()) {
            killEverybody(verdicts, cluster);
        }
    }

    private static void killLeaders(Verdicts verdicts, ProbeCluster cluster) throws Exception {
        GavelClient client = cluster.client("accept");
        LockGrant grant = client.locks().lock("accept").acquire(Duration.ofSeconds(10));
        long version = client.config().namespace("accept").publish(ConfigChanges.set("key", "value"));
        List<Double> gaps = new ArrayList<>();
        try (AcknowledgedWrites writes = new AcknowledgedWrites(cluster.client("writer"), "accept/")) {
            writes.start();
            int kills = verdicts.scale().choose(10, 4);
            for (int i = 0; i < kills; i++) {
                writes.mark();
                ProbeCluster.await("writes before kill " + i, () -> writes.sinceMark() >= 100 ? true : null);
                ServerProcess leader = cluster.leader(client);
                writes.beginGap();
                leader.kill();
                writes.mark();
                ProbeCluster.await("writes after kill " + i, () -> writes.sinceMark() >= 50 ? true : null);
                gaps.add(writes.longestGapMillis());
                leader.start();
                cluster.awaitEqualDigests(client, () -> {});
            }
            writes.stop();
            verdicts.note("longest silence of each kill, ms: "
                    + gaps.stream().map(Math::round).toList());
            verdicts.atMostMillis(
                    "writes acknowledged again after kill -9 of the leader, median of " + kills,
                    median(gaps),
                    FAILOVER_LIMIT_MILLIS);
            verdicts.equal("acknowledged writes lost, of " + writes.count(), writes.countMissing(client), 0);
        }
        verdicts.holds(
                "the lock is held through all kills",
                grant.isHeld() && grant.confirm().join());
        verdicts.equal(
                "config version after all kills",
                client.config().namespace("accept").get().orElseThrow().version(),
                version);
        grant.release();
    }

    private static void killEverybody(Verdicts verdicts, ProbeCluster cluster) throws Exception {
        GavelClient client = cluster.client("accept");
        Random random = new Random(42);
        try (AcknowledgedWrites writes = new AcknowledgedWrites(cluster.client("writer"), "accept/")) {
            writes.start();
            int kills = verdicts.scale().choose(20, 4);
            for (int i = 0; i < kills; i++) {
                writes.mark();
                ProbeCluster.await("writes before kill " + i, () -> writes.sinceMark() >= 200 ? true : null);
                TimeUnit.MILLISECONDS.sleep(random.nextInt(50));
                cluster.processes().members().forEach(ServerProcess::kill);
                cluster.processes().start();
            }
            writes.mark();
            ProbeCluster.await("writes at the end", () -> writes.sinceMark() >= 100 ? true : null);
            boolean equal = cluster.awaitEqualDigests(client, () -> {});
            writes.stop();
            verdicts.equal(
                    "acknowledged writes lost over " + kills + " kills of all members, of " + writes.count(),
                    writes.countMissing(client),
                    0);
            verdicts.holds("digests of all members are equal", equal);
        }
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
