package io.gavel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gavel.server.agent.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A node that must not start says why, and leaves what it found as it was.
@Timeout(60)
final class StartRefusalTest {
    @TempDir
    Path directory;

    private static StartException refusal(EmbeddedCluster cluster, int id) {
        Throwable thrown = catchThrowable(() -> cluster.startNode(id));
        while (thrown != null && !(thrown instanceof StartException)) {
            thrown = thrown.getCause();
        }
        assertThat(thrown).isInstanceOf(StartException.class);
        return (StartException) Objects.requireNonNull(thrown);
    }

    @Test
    void aTakenPortIsNoticedBeforeAnythingIsWritten() throws IOException {
        try (EmbeddedCluster cluster = new EmbeddedCluster(directory, 1);
                ServerSocket taken =
                        new ServerSocket(cluster.clientEndpoint(1).port(), 1, InetAddress.getLoopbackAddress())) {
            StartException refused = refusal(cluster, 1);

            assertThat(refused.exitCode()).isEqualTo(ExitCode.FAILED_TO_START);
            assertThat(refused)
                    .hasMessageStartingWith("cannot listen for clients on 127.0.0.1:" + taken.getLocalPort());
            assertThat(cluster.dataDirectory(1)).doesNotExist();
        }
    }

    @Test
    void aFileIsNoDataDirectory() throws IOException {
        try (EmbeddedCluster cluster = new EmbeddedCluster(directory, 1)) {
            Files.writeString(cluster.dataDirectory(1), "mine");

            assertThat(refusal(cluster, 1))
                    .hasMessageContaining("must be a directory")
                    .hasMessageContaining(cluster.dataDirectory(1).toString());
            assertThat(cluster.dataDirectory(1)).hasContent("mine");
        }
    }

    @Test
    void aDamagedIdentityEndsTheStart() throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 1)) {
            cluster.kill(1);
            Path identity = cluster.dataDirectory(1).resolve("identity");
            byte[] bytes = Files.readAllBytes(identity);
            bytes[20] ^= 1;
            Files.write(identity, bytes);

            StartException refused = refusal(cluster, 1);

            assertThat(refused.exitCode()).isEqualTo(ExitCode.STORAGE_FAILED);
            assertThat(refused)
                    .hasMessageContaining(cluster.dataDirectory(1).toString())
                    .hasMessageContaining("identity: checksum does not match");
            assertThat(identity).hasBinaryContent(bytes);
        }
    }

    @Test
    void aDirectoryOfAnotherMemberIsRefused() throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 2)) {
            cluster.kill(1);
            cluster.kill(2);
            swap(cluster.dataDirectory(1), cluster.dataDirectory(2));

            StartException refused = refusal(cluster, 1);

            assertThat(refused.exitCode()).isEqualTo(ExitCode.IDENTITY_REFUSED);
            assertThat(refused).hasMessageContaining("belongs to member 2");
        }
    }

    /// Alone it would serve, as the leader of its own cluster of one, those who look for the other cluster.
    @Test
    void aDirectoryOfAnotherClusterIsRefused() throws IOException {
        try (EmbeddedCluster other = EmbeddedCluster.start(directory.resolve("other"), 1);
                EmbeddedCluster cluster = EmbeddedCluster.start(directory.resolve("this"), 2)) {
            other.kill(1);
            cluster.kill(1);
            swap(other.dataDirectory(1), cluster.dataDirectory(1));

            StartException refused = refusal(cluster, 1);

            assertThat(refused.exitCode()).isEqualTo(ExitCode.IDENTITY_REFUSED);
            assertThat(refused).hasMessageContaining("member 2 of the list is of cluster");
            swap(other.dataDirectory(1), cluster.dataDirectory(1));
            cluster.putUntilAcknowledged(cluster.startNode(1), "key", "value");
        }
    }

    private void swap(Path one, Path two) throws IOException {
        Path aside = directory.resolve("aside");
        Files.move(one, aside);
        Files.move(two, one);
        Files.move(aside, two);
    }
}
