package io.gavel.cli;

import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.ScratchDirectory;
import io.gavel.cli.local.ServerProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `gavel train`: what the distribution does once, while two JVMs record their AOT caches (ADR 6).
///
/// This process is the user: it runs typical commands, each as a command line of its own, and the JVM records it. The
/// first member of a cluster of real processes is the server: it serves a load and ends, and its JVM records that.
/// Scratch directories and loopback ports only; nothing is left behind.
@Command(
        name = "train",
        hidden = true,
        description = "Run typical commands and load on a cluster of its own, to record AOT caches.",
        footer = {"", "Example:", "  gavel train --server-cache server.aot"})
final class TrainCommand implements Callable<Integer> {
    private static final int MEMBERS = 3;
    private static final List<String> SERVER_FLAGS = List.of("--snapshot-threshold", "1MiB", "--segment-size", "4MiB");
    private static final Duration READY_PATIENCE = Duration.ofSeconds(60);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(15);
    private static final Duration RECORDING_PATIENCE = Duration.ofSeconds(60);
    private static final long LOAD_PATIENCE_SECONDS = 60;
    private static final long WATCHING_MILLIS = 300;

    @Option(names = "--server-cache", required = true, paramLabel = "FILE", description = "Record a server to here.")
    private Path serverCache = Path.of("");

    @Option(names = "--seconds", defaultValue = "2", paramLabel = "S", description = "Of each load (default 2).")
    private int seconds = 2;

    @Override
    public Integer call() throws IOException, InterruptedException {
        String home = System.getProperty("gavel.home");
        if (home == null) {
            throw CommandFailure.usage(
                    "gavel.home", "a distribution", "absent", "train records a distribution: run its bin/gavel");
        }
        ScratchDirectory scratch = ScratchDirectory.create("gavel-train-");
        int basePort = LocalCluster.freeBasePort(MEMBERS, new Random());
        LocalCluster cluster = LocalCluster.of(MEMBERS, scratch.path(), basePort, SERVER_FLAGS);
        Thread cleaning = new Thread(() -> {
            cluster.close();
            scratch.close();
        });
        Runtime.getRuntime().addShutdownHook(cleaning);
        cluster.start();
        cluster.awaitReady(READY_PATIENCE);
        String endpoints = String.join(",", cluster.endpoints());
        bench(home, endpoints, "put", "--clients", "256", "--seconds", "1");
        // What is recorded begins as servers mostly do: with a snapshot and a journal to recover from.
        ServerProcess recorded = cluster.member(1);
        recorded.stop(STOP_PATIENCE);
        recorded.start(Map.of("GAVEL_JAVA_OPTS", "-XX:AOTCacheOutput=" + serverCache.toAbsolutePath()));
        cluster.awaitReady(READY_PATIENCE);
        load(home, endpoints);
        // Recording takes a core for some seconds; the two other members serve the commands meanwhile.
        Thread recording = Thread.ofPlatform().start(() -> recorded.stop(RECORDING_PATIENCE));
        commands(cluster.endpoints().get(1) + "," + cluster.endpoints().get(2), scratch.path());
        recording.join();
        return Files.exists(serverCache) ? ExitCode.OK : ExitCode.FAILED;
    }

    /// Another process: what only a load generator uses would burden every command.
    private void load(String home, String endpoints) throws IOException, InterruptedException {
        String lasting = Integer.toString(seconds);
        bench(home, endpoints, "put", "--clients", "256", "--seconds", lasting);
        bench(home, endpoints, "put", "--clients", "64", "--unary", "--seconds", lasting);
        bench(home, endpoints, "lock", "--clients", "64", "--seconds", "1");
    }

    private static void bench(String home, String endpoints, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(home, "bin", "gavel").toString(), "bench", "-e", endpoints, "--warmup", "0"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(LOAD_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("the load did not end");
        }
    }

    private static void commands(String endpoints, Path scratch) throws IOException, InterruptedException {
        Path release = Files.writeString(scratch.resolve("release.json"), "{\"max\":\"200\",\"open\":\"true\"}");
        Thread watcher = Thread.ofPlatform()
                .name("train-watch")
                .daemon(true)
                .start(() -> run(endpoints, "json", "kv", "watch", "train/"));
        // The JVM loads all that a cache holds each time it starts: what is rarely used stays out.
        String[][] typical = {
            {"kv", "put", "train/a", "value"},
            {"kv", "get", "train/a"},
            {"kv", "get", "train/missing"},
            {"kv", "range", "train/"},
            {"kv", "delete", "train/a"},
            {"lock", "run", "train", "--wait", "5s", "--", "true"},
            {"election", "campaign", "train", "--proposal", "train", "--wait", "5s", "--", "true"},
            {"config", "publish", "train", "--file", release.toString()},
            {"config", "get", "train"},
            {"status"}
        };
        for (String format : List.of("table", "json")) {
            for (String[] command : typical) {
                run(endpoints, format, command);
            }
        }
        TimeUnit.MILLISECONDS.sleep(WATCHING_MILLIS);
        watcher.interrupt();
        watcher.join();
    }

    /// Runs one command line; what it prints is nobody's, errors included.
    private static void run(String endpoints, String format, String... command) {
        List<String> words = new ArrayList<>(List.of("-e", endpoints, "-o", format));
        words.addAll(List.of(command));
        CommandLine commands = Main.commandLine();
        PrintWriter nowhere = new PrintWriter(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        commands.setOut(nowhere);
        commands.setErr(nowhere);
        commands.execute(words.toArray(String[]::new));
    }
}
