package io.gavel.faults.accept;

import io.gavel.cli.local.ServerProcess;
import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.error.ConflictException;
import io.gavel.client.kv.Entry;
import io.gavel.client.kv.PutOptions;
import io.gavel.client.kv.ReadOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/// Increments by compare-and-set while a tenth of the answers is lost and leaders are killed: one effect each.
final class CounterProbe implements Probe {
    private static final Bytes KEY = Bytes.utf8("accept/counter");
    private static final int CLIENTS = 4;
    private static final double DROPPED_SHARE = 0.1;

    @Override
    public void measure(Verdicts verdicts) throws Exception {
        int increments = verdicts.scale().choose(10_000, 1_500);
        int kills = verdicts.scale().choose(3, 2);
        List<ReplyDroppingProxy> proxies = new ArrayList<>();
        try (ProbeCluster cluster = ProbeCluster.started()) {
            for (String endpoint : cluster.processes().endpoints()) {
                proxies.add(new ReplyDroppingProxy(endpoint, DROPPED_SHARE, 7 + proxies.size()));
            }
            GavelClient direct = cluster.client("accept");
            direct.kv().put("accept/counter", "0");
            AtomicInteger acknowledged = new AtomicInteger();
            List<GavelClient> clients = connect(proxies);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Void>> running = new ArrayList<>();
                for (GavelClient client : clients) {
                    running.add(threads.submit(incrementer(client, acknowledged, increments)));
                }
                killLeaders(cluster, direct, acknowledged, increments, kills);
                for (Future<Void> one : running) {
                    one.get();
                }
            }
            clients.forEach(GavelClient::close);
            long counter =
                    Long.parseLong(direct.kv().get("accept/counter").text().orElse("-1"));
            verdicts.note(proxies.stream().mapToInt(ReplyDroppingProxy::dropped).sum() + " answers were lost, " + kills
                    + " leaders killed");
            verdicts.equal(
                    "counter after " + acknowledged.get() + " acknowledged increments", counter, acknowledged.get());
            verdicts.holds("answers were lost", proxies.stream().anyMatch(p -> p.dropped() > 0));
        } finally {
            proxies.forEach(ReplyDroppingProxy::close);
        }
    }

    private static List<GavelClient> connect(List<ReplyDroppingProxy> proxies) {
        List<GavelClient> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(GavelClient.builder()
                    .endpoints(
                            proxies.stream().map(ReplyDroppingProxy::endpoint).toArray(String[]::new))
                    .requestTimeout(Duration.ofSeconds(60))
                    .clientName("incrementer-" + i)
                    .build());
        }
        return clients;
    }

    private static Callable<Void> incrementer(GavelClient client, AtomicInteger acknowledged, int increments) {
        return () -> {
            while (acknowledged.get() < increments) {
                Entry entry = client.kv().get(KEY, ReadOptions.DEFAULT).entry().orElseThrow();
                Bytes next = Bytes.utf8(Long.toString(Long.parseLong(entry.valueText()) + 1));
                try {
                    client.kv().put(KEY, next, PutOptions.DEFAULT.withIfModRevision(entry.modRevision()));
                    acknowledged.incrementAndGet();
                } catch (ConflictException someoneElseWasFirst) {
                    // Read again and try on top of that.
                }
            }
            return null;
        };
    }

    private static void killLeaders(
            ProbeCluster cluster, GavelClient client, AtomicInteger acknowledged, int increments, int kills)
            throws InterruptedException {
        for (int i = 1; i <= kills; i++) {
            int threshold = increments * i / (kills + 1);
            ProbeCluster.await("increment " + threshold, () -> acknowledged.get() >= threshold ? true : null);
            ServerProcess leader = cluster.leader(client);
            leader.kill();
            ProbeCluster.await("increments after a kill", () -> acknowledged.get() >= threshold + 20 ? true : null);
            leader.start();
        }
    }
}
