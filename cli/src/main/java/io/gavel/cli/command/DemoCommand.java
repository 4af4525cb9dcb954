package io.gavel.cli.command;

import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.ScratchDirectory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `gavel demo`.
@Command(
        name = "demo",
        description = "A tour: real server processes, a lock, a config, a leader killed, nothing lost.",
        footer = {"", "Examples:", "  gavel demo", "  gavel demo --nodes 5"})
public final class DemoCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Option(names = "--nodes", defaultValue = "3", paramLabel = "N", description = "Members, 3 to 9 (default 3).")
    private int nodes = 3;

    @Override
    public Integer call() throws Exception {
        if (nodes < 3 || nodes > LocalCluster.MAX_MEMBERS) {
            throw CommandFailure.invalid("--nodes", "3 to " + LocalCluster.MAX_MEMBERS, nodes);
        }
        int basePort = LocalCluster.freeBasePort(nodes, ThreadLocalRandom.current());
        ScratchDirectory scratch = ScratchDirectory.create("gavel-demo-");
        LocalCluster cluster = LocalCluster.of(nodes, scratch.path(), basePort, List.of());
        Runnable cleanUp = () -> {
            cluster.close();
            scratch.close();
        };
        Thread cleaning = new Thread(cleanUp);
        Runtime.getRuntime().addShutdownHook(cleaning);
        try {
            run(cluster);
        } finally {
            if (isRemoved(cleaning)) {
                cleanUp.run();
            }
        }
        return ExitCode.OK;
    }

    private static void run(LocalCluster cluster) throws InterruptedException, TimeoutException {
        System.out.println("gavel demo: " + cluster.members().size() + " server processes on 127.0.0.1, data in "
                + cluster.dataDirectory());
        long started = System.nanoTime();
        cluster.start();
        cluster.awaitReady(PATIENCE);
        try (DemoTour tour = new DemoTour(cluster, started)) {
            tour.run();
        }
    }

    /// False when a signal came: then the hook cleans up, and the JVM waits for it.
    private static boolean isRemoved(Thread hook) {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            return false;
        }
    }
}
