package io.gavel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.Event;
import io.gavel.server.api.ClusterView;
import io.gavel.server.observe.Metric;
import io.gavel.server.observe.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminListenerTest {
    private final SimProbe probe = new SimProbe();
    private Metrics metrics;
    private AdminListener listener;

    /// A node that is as well as the test says.
    private static final class SimProbe implements NodeProbe {
        private boolean leader = true;
        private long lag;
        private ClusterView.Condition condition = ClusterView.Condition.GOOD;
        private @Nullable String readFailure;

        @Override
        public boolean hasLeader() {
            return leader;
        }

        @Override
        public long applyLag() {
            return lag;
        }

        @Override
        public ClusterView.Condition condition() {
            return condition;
        }

        @Override
        public void confirmRead(Consumer<@Nullable String> done) {
            done.accept(readFailure);
        }
    }

    @BeforeEach
    void start() throws IOException {
        metrics = new Metrics("1.2.3");
        metrics.gauge(Metric.RAFT_TERM, () -> 7);
        listener = new AdminListener(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), metrics, probe);
    }

    @AfterEach
    void stop() {
        listener.close();
        metrics.close();
    }

    @Test
    void metricsAreServedInPrometheusText() throws Exception {
        HttpResponse<String> scrape = get("/metrics");

        assertThat(scrape.statusCode()).isEqualTo(200);
        assertThat(scrape.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(scrape.body()).contains("gavel_raft_term 7").contains("version=\"1.2.3\"");
    }

    @Test
    void livenessDoesNotDependOnAQuorum() throws Exception {
        probe.leader = false;
        probe.readFailure = "no quorum";

        assertThat(get("/livez").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
    }

    @Test
    void readinessNamesWhatFailed() throws Exception {
        assertThat(get("/readyz").body()).isEqualTo("ok\n");
        assertThat(get("/readyz?verbose").body()).isEqualTo("""
                        [+] leader ok
                        [+] caught-up ok
                        [+] state-digest ok
                        [+] log ok
                        [+] linearizable-read ok
                        ok
                        """);

        probe.lag = Readiness.LAG_LIMIT + 1;
        HttpResponse<String> behind = get("/readyz");
        assertThat(behind.statusCode()).isEqualTo(503);
        assertThat(behind.body()).contains("[-] caught-up failed: 10001 committed entries are not applied");
        assertThat(get("/readyz?exclude=caught-up").statusCode()).isEqualTo(200);

        probe.lag = Readiness.LAG_LIMIT;
        assertThat(get("/readyz").statusCode()).isEqualTo(200);

        probe.condition = new ClusterView.Condition(false, "members [1, 2] hold different states", 70);
        assertThat(get("/readyz").body())
                .contains("[-] state-digest failed: members [1, 2] hold different states")
                .contains("[-] log failed: entries up to 70 are being fetched again");
    }

    @Test
    void anOldCopyOfADiskIsToldInWords() throws Exception {
        probe.condition = new ClusterView.Condition(false, null, Event.LossFound.NO_REPAIR);

        HttpResponse<String> readiness = get("/readyz");

        assertThat(readiness.statusCode()).isEqualTo(503);
        assertThat(readiness.body())
                .contains("[-] log failed: this disk went back to an older state")
                .contains("replace this member: gavel member replace")
                .doesNotContain(Long.toString(Long.MAX_VALUE));
    }

    @Test
    void onlyKnownPathsAndMethodsAreServed() throws Exception {
        assertThat(get("/").statusCode()).isEqualTo(404);
        assertThat(get("/metricsX").statusCode()).isEqualTo(404);
        assertThat(get("/livez/x").statusCode()).isEqualTo(404);
        HttpResponse<String> posted = send(request("/metrics")
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build());
        assertThat(posted.statusCode()).isEqualTo(405);
        assertThat(posted.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path).build());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path));
    }

    private static HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }
}
