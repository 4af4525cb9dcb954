package io.gavel.cli.local;

import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.GavelException;
import io.gavel.client.kv.DeleteOptions;
import java.time.Duration;

/// Waits until a local cluster acknowledges a write.
final class Readiness {
    /// Deleting a key that does not exist goes the whole way of a write and leaves nothing behind.
    private static final Bytes PROBE = Bytes.utf8("gavel/ready");

    private static final Duration ATTEMPT = Duration.ofSeconds(2);

    private Readiness() {}

    /// @throws CommandFailure when a member ended or nothing was acknowledged in time, with the member's last words
    static void await(LocalCluster cluster, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        try (GavelClient client = GavelClient.builder()
                .endpoints(cluster.endpoints().toArray(String[]::new))
                .requestTimeout(ATTEMPT)
                .clientName("gavel dev")
                .build()) {
            while (true) {
                checkAlive(cluster);
                try {
                    client.kv().delete(PROBE, DeleteOptions.DEFAULT);
                    return;
                } catch (GavelException notYet) {
                    if (System.nanoTime() > deadline) {
                        throw new CommandFailure(
                                ExitCode.UNAVAILABLE,
                                ErrorCode.UNAVAILABLE,
                                "no write was acknowledged within " + patience.toSeconds() + " s: "
                                        + notYet.getMessage(),
                                "see the logs in " + cluster.dataDirectory());
                    }
                }
            }
        }
    }

    private static void checkAlive(LocalCluster cluster) {
        for (ServerProcess member : cluster.members()) {
            if (!member.isAlive()) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        ErrorCode.UNAVAILABLE,
                        "member " + member.id() + " ended while starting: " + member.lastLogLines(1),
                        "see " + member.logFile());
            }
        }
    }
}
