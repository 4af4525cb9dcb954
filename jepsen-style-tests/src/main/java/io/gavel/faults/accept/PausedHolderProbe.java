package io.gavel.faults.accept;

import com.google.protobuf.ByteString;
import io.gavel.cli.local.PausedProcess;
import io.gavel.client.GavelClient;
import io.gavel.client.error.GavelException;
import io.gavel.client.lock.LockGrant;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.ExecuteRequest;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.OpenSession;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// A lock holder stopped past its TTL, and a session that lives through leader changes.
final class PausedHolderProbe implements Probe {
    private static final long TTL_MILLIS = 3_000;
    private static final long SESSION_TTL_MILLIS = 10_000;
    private static final double DRIFT = 0.005;

    /// One clamp, two clock intervals, commit latency, and the moments without a leader at each change (rule 2).
    private static final double LATE_BOUND_MILLIS = 1_000 + 2 * 250 + 500 + 10 * 200;

    @Override
    public void measure(Verdicts verdicts) throws Exception {
        try (ProbeCluster cluster = ProbeCluster.started()) {
            pauseHolder(verdicts, cluster);
            changeLeaders(verdicts, cluster);
        }
    }

    private static void pauseHolder(Verdicts verdicts, ProbeCluster cluster) throws Exception {
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HolderMain.class.getName(),
                        String.join(",", cluster.processes().endpoints()),
                        "accept/paused",
                        Long.toString(TTL_MILLIS))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = holder.inputReader(StandardCharsets.UTF_8)) {
            long token = Long.parseLong(expect(out, "token "));
            PausedProcess.pause(holder);
            GavelClient rival = cluster.client("rival");
            LockGrant next = rival.locks().lock("accept/paused").acquire(Duration.ofSeconds(20));
            PausedProcess.resume(holder);
            verdicts.equal(
                    "isHeld() at the first look after the pause (1 = true)",
                    expect(out, "held ").equals("true") ? 1 : 0,
                    0);
            verdicts.holds(
                    "the next holder's token " + next.fencingToken() + " is above " + token,
                    next.fencingToken() > token);
            verdicts.holds(
                    "the paused holder's guarded write is refused",
                    expect(out, "write ").equals("refused"));
            next.release();
        } finally {
            holder.destroyForcibly();
        }
    }

    private static String expect(BufferedReader out, String prefix) throws Exception {
        String line = out.readLine();
        if (line == null || !line.startsWith(prefix)) {
            throw new IllegalStateException("the holder said '" + line + "' where '" + prefix + "…' was expected");
        }
        return line.substring(prefix.length());
    }

    /// A session that nobody renews, so that its end is the TTL alone.
    private static void changeLeaders(Verdicts verdicts, ProbeCluster cluster) throws Exception {
        GavelClient client = cluster.client("accept");
        long sentNanos = System.nanoTime();
        long session = openWithoutRenewal(cluster.processes().endpoints().getFirst());
        long answeredNanos = System.nanoTime();
        int changes = 0;
        long nextChange = System.nanoTime();
        while (isAlive(client, session)) {
            if (changes < 10 && System.nanoTime() >= nextChange) {
                changes += transfer(client) ? 1 : 0;
                nextChange = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(700);
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        double sinceSent = (System.nanoTime() - sentNanos) / 1e6;
        double sinceAnswered = (System.nanoTime() - answeredNanos) / 1e6;
        verdicts.holds(changes + " leader changes during the session", changes >= 10);
        verdicts.holds(
                "a 10 s session ends no earlier than its TTL: after " + Math.round(sinceSent) + " ms",
                sinceSent >= SESSION_TTL_MILLIS * (1 - DRIFT));
        verdicts.atMostMillis(
                "a 10 s session ends within its bound",
                sinceAnswered,
                SESSION_TTL_MILLIS * (1 + DRIFT) + LATE_BOUND_MILLIS);
    }

    private static boolean isAlive(GavelClient client, long session) {
        try {
            return client.sessions().describe(session).isPresent();
        } catch (GavelException electing) {
            return true;
        }
    }

    private static boolean transfer(GavelClient client) {
        try {
            int before = client.cluster().status().leader();
            int _ = client.cluster().transferLeadership(0);
            return client.cluster().status().leader() != before;
        } catch (GavelException notNow) {
            return false;
        }
    }

    private static long openWithoutRenewal(String endpoint) throws Exception {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(endpoint).usePlaintext().build();
        try {
            byte[] secretHash = MessageDigest.getInstance("SHA-256").digest(new byte[16]);
            OpenSession open = OpenSession.newBuilder()
                    .setNonce(ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}))
                    .setSecretHash(ByteString.copyFrom(secretHash))
                    .setTtlMillis(SESSION_TTL_MILLIS)
                    .setOwner("not renewed")
                    .build();
            return GavelGrpc.newBlockingStub(channel)
                    .execute(ExecuteRequest.newBuilder()
                            .setCommand(Command.newBuilder().setOpenSession(open))
                            .build())
                    .getResult()
                    .getOpenSession()
                    .getSessionId();
        } finally {
            channel.shutdownNow();
        }
    }
}
