package io.gavel.faults.accept;

import io.gavel.cli.local.ServerProcess;
import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.cluster.MemberStatus;
import io.gavel.client.kv.PutOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Many keys: restart of everybody, and catch-up of a member that missed so much that it needs a snapshot.
final class LargeStateProbe implements Probe {
    private static final int VALUE_BYTES = 256;
    private static final int WINDOW = 256;
    private static final int LOAD_PER_SECOND = 2_000;

    @Override
    public void measure(Verdicts verdicts) throws Exception {
        int keys = verdicts.scale().choose(300_000, 30_000);
        try (ProbeCluster cluster = ProbeCluster.started("--snapshot-threshold", "32MiB")) {
            GavelClient client = cluster.client("accept");
            fill(client, 0, keys);
            restartAll(verdicts, cluster, keys);
            catchUp(verdicts, cluster, client, keys);
        }
    }

    private static void fill(GavelClient client, int first, int count) {
        ArrayDeque<CompletableFuture<?>> window = new ArrayDeque<>();
        Bytes value = Bytes.of(new byte[VALUE_BYTES]);
        for (int i = first; i < first + count; i++) {
            if (window.size() == WINDOW) {
                window.removeFirst().join();
            }
            window.add(client.kv().putAsync(key(i), value, PutOptions.DEFAULT));
        }
        window.forEach(CompletableFuture::join);
    }

    private static Bytes key(int number) {
        return Bytes.utf8(String.format(Locale.ROOT, "large/%08d", number));
    }

    private static void restartAll(Verdicts verdicts, ProbeCluster cluster, int keys) throws Exception {
        cluster.processes().members().forEach(m -> m.stop(Duration.ofSeconds(20)));
        long started = System.nanoTime();
        cluster.processes().start();
        cluster.processes().awaitReady(Duration.ofSeconds(60));
        verdicts.atMostMillis(
                "restart of all members with " + keys + " keys", (System.nanoTime() - started) / 1e6, 10_000);
        long count = cluster.client("counter").kv().count("large/").count();
        verdicts.equal("keys after the restart", count, keys);
    }

    private static void catchUp(Verdicts verdicts, ProbeCluster cluster, GavelClient client, int keys)
            throws Exception {
        ServerProcess leader = cluster.leader(client);
        ServerProcess lagging = cluster.processes().members().stream()
                .filter(m -> m.id() != leader.id())
                .findFirst()
                .orElseThrow();
        lagging.kill();
        // Overwrite enough that the others compact what the stopped member still needs.
        fill(client, 0, keys);
        AtomicInteger failed = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        Thread load = Thread.ofPlatform().daemon().start(() -> load(client, failed, done));
        long started = System.nanoTime();
        lagging.start();
        ProbeCluster.await("the member to catch up", () -> {
            List<MemberStatus> members = client.cluster().status().members();
            long newest =
                    members.stream().mapToLong(MemberStatus::commitIndex).max().orElse(0);
            return members.stream()
                            .anyMatch(m -> m.id() == lagging.id()
                                    && m.reachable()
                                    && m.lastApplied() >= newest - LOAD_PER_SECOND)
                    ? true
                    : null;
        });
        verdicts.atMostMillis(
                "catch-up under " + LOAD_PER_SECOND + " puts/s", (System.nanoTime() - started) / 1e6, 30_000);
        load.interrupt();
        load.join();
        verdicts.equal("failed puts meanwhile, of " + done.get(), failed.get(), 0);
    }

    private static void load(GavelClient client, AtomicInteger failed, AtomicInteger done) {
        Bytes value = Bytes.of(new byte[VALUE_BYTES]);
        long interval = TimeUnit.SECONDS.toNanos(1) / LOAD_PER_SECOND;
        long due = System.nanoTime();
        for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
            var _ = client.kv().putAsync(key(i), value, PutOptions.DEFAULT).whenComplete((put, failure) -> {
                done.incrementAndGet();
                if (failure != null) {
                    failed.incrementAndGet();
                }
            });
            due += interval;
            try {
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            } catch (InterruptedException stop) {
                return;
            }
        }
    }
}
