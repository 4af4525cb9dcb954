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
    /// Until the servers' code is compiled: three of them and the load share the cores with their compilers.
    private static final int WARMUP_SECONDS = 25;

    private static final Pattern RATE = Pattern.compile("\"opsPerSecond\":([0-9.]+).*\"errors\":([0-9]+)");

    @Override
    public void measure(Verdicts verdicts) throws Exception {
        try (ProbeCluster cluster = ProbeCluster.started()) {
            verdicts.note("a fresh cluster; " + WARMUP_SECONDS + " s of warm-up before the first measurement");
            measure(verdicts, cluster, "unary calls, 64 clients", 8_000, WARMUP_SECONDS, "--clients", "64", "--unary");
            int again = verdicts.scale().choose(WARMUP_SECONDS, 10);
            measure(verdicts, cluster, "session stream, 256 clients", 20_000, again, "--clients", "256");
        }
    }

    private static void measure(
            Verdicts verdicts, ProbeCluster cluster, String what, double floor, int warmup, String... arguments)
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
                Integer.toString(warmup)));
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
