package io.gavel.faults.accept;

import io.gavel.cli.local.LocalCluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `gavel dev`: time to the first write, idle memory and processor time, and how long a command takes.
final class DevProbe implements Probe {
    private static final double TICKS_PER_SECOND = 100;
    /// What starting leaves behind, compilation and first collections, is over by then.
    private static final int SETTLING_SECONDS = 60;

    private static final Pattern PIDS = Pattern.compile("\"pids\":\\[([0-9,]+)]");

    @Override
    public void measure(Verdicts verdicts) throws Exception {
        String gavel = Path.of(System.getProperty("gavel.home"), "bin", "gavel").toString();
        int basePort = LocalCluster.freeBasePort(3, new Random());
        long started = System.nanoTime();
        Process dev = new ProcessBuilder(gavel, "dev", "--base-port", Integer.toString(basePort))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = dev.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.startsWith("ready ")) {
                line = out.readLine();
            }
            if (line == null) {
                throw new IllegalStateException("gavel dev ended before it was ready");
            }
            verdicts.atMostMillis("dev ready", (System.nanoTime() - started) / 1e6, 6_000);
            measureIdle(verdicts, pids(line));
            measureGet(verdicts, gavel, "127.0.0.1:" + basePort);
        } finally {
            dev.destroy();
            dev.waitFor(20, TimeUnit.SECONDS);
        }
    }

    private static List<Long> pids(String ready) {
        Matcher matcher = PIDS.matcher(ready);
        if (!matcher.find()) {
            throw new IllegalStateException("no pids in: " + ready);
        }
        List<Long> pids = new ArrayList<>();
        for (String pid : matcher.group(1).split(",", -1)) {
            pids.add(Long.parseLong(pid));
        }
        return pids;
    }

    private static void measureIdle(Verdicts verdicts, List<Long> pids) throws Exception {
        int seconds = verdicts.scale().choose(30, 10);
        verdicts.note("waiting " + SETTLING_SECONDS + " s without clients");
        TimeUnit.SECONDS.sleep(SETTLING_SECONDS);
        double before = processorSeconds(pids);
        TimeUnit.SECONDS.sleep(seconds);
        double share = (processorSeconds(pids) - before) / seconds * 100;
        verdicts.atMostShare("processor time of three idle nodes over " + seconds + " s", share, 4);
        double largest = 0;
        for (long pid : pids) {
            largest = Math.max(largest, residentMebibytes(pid));
        }
        verdicts.atMost("VmRSS of the largest idle node", largest, 256, "MiB");
    }

    private static double processorSeconds(List<Long> pids) throws IOException {
        double ticks = 0;
        for (long pid : pids) {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        }
        return ticks / TICKS_PER_SECOND;
    }

    private static double residentMebibytes(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IllegalStateException("no VmRSS of process " + pid);
    }

    private static void measureGet(Verdicts verdicts, String gavel, String endpoint) throws Exception {
        run(gavel, "-e", endpoint, "kv", "put", "accept", "value");
        List<Double> times = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            long started = System.nanoTime();
            run(gavel, "-e", endpoint, "kv", "get", "accept");
            times.add((System.nanoTime() - started) / 1e6);
        }
        verdicts.atMostMillis("kv get, median of 10", KillProbe.median(times.subList(1, 11)), 700);
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IllegalStateException(String.join(" ", command) + " failed");
        }
    }
}
