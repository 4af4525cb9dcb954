package io.gavel.faults.accept;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `gavel bench put` on three local nodes: unary calls and the session stream.
final class ThroughputProbe implements Probe {
    private static final Pattern RATE = Pattern.compile("\"opsPerSecond\":([0-9.]+).*\"errors\":([0-9]+)");

    @Override
    public void measure(Verdicts verdicts) throws Exception {
        try (ProbeCluster cluster = ProbeCluster.started()) {
            verdicts.note("a fresh cluster; " + warmupSeconds(verdicts) + " s of warm-up before each measurement");
            measure(verdicts, cluster, "unary calls, 64 clients", 8_000, "--clients", "64", "--unary");
            measure(verdicts, cluster, "session stream, 256 clients", 20_000, "--clients", "256");
        }
    }

    /// Until the servers' code is compiled: three of them and the load share the cores with their compilers.
    private static int warmupSeconds(Verdicts verdicts) {
        return verdicts.scale().choose(25, 15);
    }

    private static void measure(Verdicts verdicts, ProbeCluster cluster, String what, double floor, String... arguments)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("gavel.home"), "bin", "gavel").toString(),
                "-e",
                String.join(",", cluster.processes().endpoints()),
                "-o",
                "json",
                "bench",
                "put",
                "--seconds",
                Integer.toString(verdicts.scale().choose(15, 8)),
                "--warmup",
                Integer.toString(warmupSeconds(verdicts))));
        command.addAll(List.of(arguments));
        Process bench = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(bench.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!bench.waitFor(30, TimeUnit.SECONDS) || bench.exitValue() != 0) {
            throw new IllegalStateException(String.join(" ", command) + " failed");
        }
        verdicts.note(out.strip());
        Matcher matcher = RATE.matcher(out);
        if (!matcher.find()) {
            throw new IllegalStateException("unexpected output: " + out);
        }
        verdicts.atLeast("put by " + what, Double.parseDouble(matcher.group(1)), floor, "puts/s");
        verdicts.equal("errors of put by " + what, Long.parseLong(matcher.group(2)), 0);
    }
}
