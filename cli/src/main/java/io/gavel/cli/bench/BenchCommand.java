package io.gavel.cli.bench;

import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.cli.GlobalOptions;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `gavel bench`.
@Command(
        name = "bench",
        description = "Put load on the cluster and measure it: put, get, lock, election or watch.",
        footer = {
            "",
            "A client is one outstanding request. Latencies are microseconds; with --rate they count from when a",
            "request should have been sent.",
            "",
            "Examples:",
            "  gavel bench put --clients 256 --seconds 10",
            "  gavel bench put --clients 64 --unary",
            "  gavel bench get --rate 5000 -o json"
        })
public final class BenchCommand implements Callable<Integer> {
    private static final List<String> OPERATIONS = List.of("put", "get", "lock", "election", "watch");
    private static final int MAX_CLIENTS = 100_000;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "OP", description = "put, get, lock, election or watch.")
    private String operation = "";

    @Option(names = "--clients", defaultValue = "64", paramLabel = "N", description = "Default 64.")
    private int clients = 64;

    @Option(names = "--connections", defaultValue = "8", paramLabel = "N", description = "Default 8.")
    private int connections = 8;

    @Option(names = "--seconds", defaultValue = "10", paramLabel = "S", description = "Default 10.")
    private int seconds = 10;

    @Option(names = "--warmup", defaultValue = "5", paramLabel = "S", description = "Default 5.")
    private int warmup = 5;

    @Option(names = "--value-size", defaultValue = "256", paramLabel = "B", description = "Default 256.")
    private int valueSize = 256;

    @Option(names = "--keys", defaultValue = "10000", paramLabel = "K", description = "Default 10000.")
    private int keys = 10_000;

    @Option(names = "--rate", defaultValue = "0", paramLabel = "R", description = "Operations a second; 0 = no limit.")
    private long rate;

    @Option(names = "--unary", description = "One gRPC call an operation instead of the session stream (put, get).")
    private boolean unary;

    @Override
    public Integer call() throws InterruptedException {
        validate();
        GlobalOptions global = GlobalOptions.of(spec);
        StreamWorkloads.Shape shape = new StreamWorkloads.Shape(Math.min(connections, clients), keys, valueSize);
        try (Workload workload = unary
                ? new UnaryWorkload(operation.equals("put"), global, shape, clients)
                : StreamWorkloads.of(operation, global, shape)) {
            LoadResult result =
                    new LoadRun(workload, clients, rate).run(operation, shape.connections(), warmup, seconds);
            global.output().document(result.document(), result.table());
            return ExitCode.OK;
        }
    }

    private void validate() {
        if (!OPERATIONS.contains(operation)) {
            throw CommandFailure.invalid("OP", "one of " + String.join(", ", OPERATIONS), operation);
        }
        if (unary && !operation.equals("put") && !operation.equals("get")) {
            throw CommandFailure.invalid("OP with --unary", "put or get", operation);
        }
        range("--clients", clients, 1, MAX_CLIENTS);
        range("--connections", connections, 1, 1_000);
        range("--seconds", seconds, 1, 86_400);
        range("--warmup", warmup, 0, 3_600);
        range("--value-size", valueSize, 0, 1 << 20);
        range("--keys", keys, 1, 10_000_000);
        range("--rate", rate, 0, 10_000_000);
    }

    private static void range(String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw CommandFailure.invalid(option, least + " to " + most, value);
        }
    }
}
