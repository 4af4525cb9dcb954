package io.gavel.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LocalClusterTest {
    @Test
    void membersListenTenPortsApart() {
        LocalCluster cluster = LocalCluster.of(3, Path.of("data"), 7400, List.of());

        assertThat(cluster.endpoints()).containsExactly("127.0.0.1:7400", "127.0.0.1:7410", "127.0.0.1:7420");
        assertThat(cluster.member(3).addresses().peer()).isEqualTo("127.0.0.1:7421");
        assertThat(cluster.member(3).addresses().admin()).isEqualTo("127.0.0.1:7422");
        assertThat(cluster.member(2).dataDirectory()).isEqualTo(Path.of("data", "member-2"));
    }

    @Test
    void namesThePortsThatAreTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();

            assertThat(LocalCluster.portsInUse(1, port)).contains(port);
            assertThat(LocalCluster.portsInUse(1, port - 2)).contains(port);
            assertThat(LocalCluster.portsInUse(2, port - 11)).contains(port);
        }
    }

    @Test
    void findsABaseWhosePortsAreFree() {
        int base = LocalCluster.freeBasePort(3, new Random(1));

        assertThat(LocalCluster.portsInUse(3, base)).isEmpty();
    }

    @Test
    void refusesAnImpossibleNumberOfMembers() {
        assertThatThrownBy(() -> LocalCluster.of(0, Path.of("d"), 7400, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LocalCluster.of(10, Path.of("d"), 7400, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
