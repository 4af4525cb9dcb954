package io.gavel.cli.command;

import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.ScratchDirectory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `gavel demo`.
@Command(name = "demo", description = "A tour: real server processes, a lock, a config, a leader killed, nothing lost.")
public final class DemoCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Option(names = "--nodes", defaultValue = "3", paramLabel = "N", description = "Members, 3 to 9 (default 3).")
    private int nodes = 3;

    @Override
    public Integer call() throws Exception {
        if (nodes < 3 || nodes > LocalCluster.MAX_MEMBERS) {
            throw CommandFailure.usage("--nodes must be 3 to " + LocalCluster.MAX_MEMBERS + ", not " + nodes);
        }
        int basePort = LocalCluster.freeBasePort(nodes, ThreadLocalRandom.current());
        ScratchDirectory scratch = ScratchDirectory.create("gavel-demo-");
        LocalCluster cluster = LocalCluster.of(nodes, scratch.path(), basePort, List.of());
        Thread cleaning = new Thread(() -> {
            cluster.close();
            scratch.close();
        });
        Runtime.getRuntime().addShutdownHook(cleaning);
        System.out.println("gavel demo: " + nodes + " server processes on 127.0.0.1, data in " + scratch.path());
        long started = System.nanoTime();
        cluster.start();
        cluster.awaitReady(PATIENCE);
        try (DemoTour tour = new DemoTour(cluster, started)) {
            tour.run();
        }
        return ExitCode.OK;
    }
}
