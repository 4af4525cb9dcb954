package io.gavel.cli.command;

import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.ScratchDirectory;
import io.gavel.cli.local.ServerProcess;
import io.gavel.cli.output.Json;
import io.gavel.client.error.ErrorCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `gavel dev`.
@Command(
        name = "dev",
        description = "Run a cluster of real server processes on this machine until Ctrl-C.",
        footer = {
            "",
            "Member i listens on base + 10·(i − 1) for clients, +1 for members, +2 for admin HTTP.",
            "The last line printed is: ready {\"endpoints\":[…],\"pids\":[…],\"data\":\"…\"}",
            "",
            "Examples:",
            "  gavel dev",
            "  gavel dev --nodes 5 --data ./cluster --base-port 9400"
        })
public final class DevCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Option(names = "--nodes", defaultValue = "3", paramLabel = "N", description = "Members, 1 to 9 (default 3).")
    private int nodes = 3;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Keep the data here; reopened by the next run (default: temporary).")
    private @Nullable Path data;

    @Option(names = "--base-port", defaultValue = "7400", paramLabel = "P", description = "First port (default 7400).")
    private int basePort = LocalCluster.DEFAULT_BASE_PORT;

    @Override
    public Integer call() throws InterruptedException {
        if (nodes < 1 || nodes > LocalCluster.MAX_MEMBERS) {
            throw CommandFailure.invalid("--nodes", "1 to " + LocalCluster.MAX_MEMBERS, nodes);
        }
        if (basePort < 1 || basePort > 65_400) {
            throw CommandFailure.invalid("--base-port", "1 to 65400", basePort);
        }
        List<Integer> taken = LocalCluster.portsInUse(nodes, basePort);
        if (!taken.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    ErrorCode.FAILED_PRECONDITION,
                    "port in use: " + taken,
                    "stop what listens there, or choose other ports with --base-port");
        }
        ScratchDirectory scratch = data == null ? ScratchDirectory.create("gavel-dev-") : null;
        Path directory = scratch == null ? Objects.requireNonNull(data) : scratch.path();
        LocalCluster cluster = LocalCluster.of(nodes, directory.toAbsolutePath().normalize(), basePort, List.of());
        AtomicBoolean stopping = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stopping.set(true);
            cluster.close();
            if (scratch != null) {
                scratch.close();
            }
        }));
        cluster.start();
        announce(cluster);
        // Whoever started this cannot know where the members listen: it ends, and the lost output is what it fails of.
        if (!System.out.checkError()) {
            reportDeaths(cluster, stopping);
        }
        return ExitCode.OK;
    }

    private static void announce(LocalCluster cluster) {
        for (ServerProcess member : cluster.members()) {
            System.out.println(
                    "member " + member.id() + "  clients " + member.addresses().client() + "  admin http://"
                            + member.addresses().admin() + "  pid " + member.pid());
        }
        cluster.awaitReady(PATIENCE);
        System.out.println("ready "
                + Json.write(Json.object(
                        "endpoints",
                        cluster.endpoints(),
                        "pids",
                        cluster.members().stream().map(ServerProcess::pid).toList(),
                        "data",
                        cluster.dataDirectory())));
        System.out.flush();
    }

    /// Tells of members that end while this process runs on. A signal to the whole process group ends them a little
    /// before or after this process notices its own: who ended is told a turn later, unless this process stops too.
    private static void reportDeaths(LocalCluster cluster, AtomicBoolean stopping) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Set<Integer> seen = new TreeSet<>();
        Set<Integer> reported = new TreeSet<>();
        while (!never.await(1, TimeUnit.SECONDS) && !stopping.get()) {
            for (ServerProcess member : cluster.members()) {
                if (!member.isAlive() && !seen.add(member.id()) && reported.add(member.id())) {
                    System.err.println("gavel: member " + member.id() + " ended; see " + member.logFile());
                }
            }
            if (reported.size() == cluster.members().size()) {
                throw CommandFailure.afterwards(
                        ExitCode.FAILED, ErrorCode.UNAVAILABLE, "every member ended; see " + cluster.dataDirectory());
            }
        }
    }
}
