package io.gavel.faults.accept;

import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.ScratchDirectory;
import io.gavel.cli.local.ServerProcess;
import io.gavel.client.GavelClient;
import io.gavel.client.GavelClientBuilder;
import io.gavel.client.cluster.ClusterStatus;
import io.gavel.client.cluster.MemberStatus;
import io.gavel.client.error.GavelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/// Three server processes for one probe, and what probes ask of them. Closing it ends them and deletes their data.
final class ProbeCluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ScratchDirectory scratch = ScratchDirectory.create("gavel-accept-");
    private final LocalCluster cluster;
    private final List<GavelClient> clients = new ArrayList<>();
    private final Thread cleaning = new Thread(this::clean);

    private ProbeCluster(List<String> serverFlags) {
        int basePort = LocalCluster.freeBasePort(3, new Random());
        cluster = LocalCluster.of(3, scratch.path(), basePort, serverFlags);
        Runtime.getRuntime().addShutdownHook(cleaning);
    }

    /// A cluster that has acknowledged its first write.
    static ProbeCluster started(String... serverFlags) {
        ProbeCluster probe = new ProbeCluster(List.of(serverFlags));
        probe.cluster.start();
        probe.cluster.awaitReady(PATIENCE);
        return probe;
    }

    LocalCluster processes() {
        return cluster;
    }

    GavelClientBuilder clientBuilder(String name) {
        return GavelClient.builder()
                .endpoints(cluster.endpoints().toArray(String[]::new))
                .clientName(name);
    }

    /// A client that is closed with the cluster.
    GavelClient client(String name) {
        GavelClient client = clientBuilder(name).build();
        clients.add(client);
        return client;
    }

    /// The member that leads now; waits for one.
    ServerProcess leader(GavelClient client) throws InterruptedException {
        return await("a leader", () -> {
            int leader = client.cluster().status().leader();
            return leader == 0 ? null : cluster.member(leader);
        });
    }

    /// Waits until all members are reachable and have one digest at a checkpoint beyond what is committed now.
    ///
    /// `keepWriting` moves the log to that checkpoint.
    boolean awaitEqualDigests(GavelClient client, Runnable keepWriting) throws InterruptedException {
        long target = await("a status", () -> client.cluster().status()).members().stream()
                .mapToLong(MemberStatus::commitIndex)
                .max()
                .orElse(0);
        return await("equal digests beyond index " + target, () -> {
            keepWriting.run();
            ClusterStatus status = client.cluster().status();
            boolean all = status.members().stream().allMatch(MemberStatus::reachable);
            return (all && hasEqualCheckpoint(status.members(), target)) ? Boolean.TRUE : null;
        });
    }

    private static boolean hasEqualCheckpoint(List<MemberStatus> members, long beyond) {
        for (MemberStatus.Checkpoint checkpoint : members.getFirst().checkpoints()) {
            boolean everywhere = checkpoint.index() > beyond
                    && members.stream().allMatch(m -> m.checkpoints().contains(checkpoint));
            if (everywhere) {
                return true;
            }
        }
        return false;
    }

    /// Asks until there is an answer that is not null; errors of the cluster count as no answer.
    static <T> T await(String what, Callable<T> question) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Exception last = null;
        while (System.nanoTime() < deadline) {
            try {
                T answer = question.call();
                if (answer != null) {
                    return answer;
                }
            } catch (GavelException notYet) {
                last = notYet;
            } catch (Exception broken) {
                throw new IllegalStateException(broken);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        throw new IllegalStateException("waited " + PATIENCE.toSeconds() + " s for " + what, last);
    }

    @Override
    public void close() {
        clients.forEach(GavelClient::close);
        Runtime.getRuntime().removeShutdownHook(cleaning);
        clean();
    }

    private void clean() {
        cluster.close();
        scratch.close();
    }
}
