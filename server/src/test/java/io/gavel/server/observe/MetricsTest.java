package io.gavel.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What `promtool check metrics` would say, and a little more.
class MetricsTest {
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{.*})? (\\S+)");
    private static final List<String> BASE_UNITS = List.of("seconds", "bytes");
    private static final Pattern OTHER_UNIT = Pattern.compile(
            ".*_(milliseconds|millis|ms|microseconds|nanos|minutes|hours|kilobytes|megabytes|kb|mb)(_.*)?");

    @Test
    void everyNameFollowsPrometheusConventions() {
        try (Metrics metrics = new Metrics("1")) {
            registerAll(metrics);
            List<String> problems = lint(metrics.scrape());

            assertThat(problems).isEmpty();
        }
    }

    @Test
    void theLintFindsWhatIsWrong() {
        assertThat(lint("# TYPE a_count counter\na_count 1\n"))
                .containsExactly("a_count: no help", "a_count: a counter ends with _total");
        assertThat(lint("# HELP a_ms x\n# TYPE a_ms gauge\na_ms 1\n")).containsExactly("a_ms: not a base unit");
        assertThat(lint("# HELP a_total x\n# TYPE a_total gauge\na_total 1\n"))
                .containsExactly("a_total: only a counter ends with _total");
    }

    @Test
    void everyMetricAppearsUnderItsName() {
        try (Metrics metrics = new Metrics("1")) {
            registerAll(metrics);
            String scrape = metrics.scrape();

            for (Metric metric : Metric.values()) {
                assertThat(scrape).contains("\n# TYPE " + metric.prometheusPrefix());
            }
            assertThat(scrape)
                    .contains("gavel_raft_leader_changes_total 3.0")
                    .contains("gavel_raft_proposals_total{result=\"ok\"} 1.0")
                    .contains("gavel_journal_fsync_seconds_bucket{le=\"")
                    .contains("gavel_mailbox_depth{agent=\"apply\"} 4.0")
                    .contains("jvm_memory_used_bytes");
        }
    }

    private static void registerAll(Metrics metrics) {
        for (Metric metric : Metric.values()) {
            switch (metric) {
                case BUILD_INFO -> {}
                case RAFT_LEADER_CHANGES -> metrics.counter(metric, () -> 3L);
                case RAFT_PROPOSALS -> metrics.counter(metric, "result", "ok").increment();
                case REQUESTS_REFUSED ->
                    metrics.counter(metric, "code", "OVERLOADED").increment();
                case RAFT_COMMIT, JOURNAL_FSYNC, SNAPSHOT ->
                    metrics.timer(metric).record(Duration.ofMillis(2));
                case MAILBOX_DEPTH, MAILBOX_SIZE -> metrics.gauge(metric, "agent", "apply", () -> 4);
                case RAFT_PEER_LAG -> metrics.gauge(metric, "peer", "2", () -> 4);
                default -> metrics.gauge(metric, () -> 4);
            }
        }
    }

    /// One line for each name that breaks a convention.
    private static List<String> lint(String scrape) {
        Map<String, String> types = new TreeMap<>();
        List<String> helped = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (String line : scrape.lines().toList()) {
            String[] words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                helped.add(words[2]);
            } else if (line.startsWith("# TYPE ")) {
                types.put(words[2], words[3]);
            } else {
                Matcher sample = SAMPLE.matcher(line);
                if (!sample.matches()) {
                    problems.add(line + ": not a sample");
                }
            }
        }
        types.forEach((name, type) -> {
            if (!helped.contains(name)) {
                problems.add(name + ": no help");
            }
            lintName(name, type, problems);
        });
        return problems;
    }

    private static void lintName(String name, String type, List<String> problems) {
        boolean counter = type.equals("counter");
        if (counter && !name.endsWith("_total")) {
            problems.add(name + ": a counter ends with _total");
        }
        if (!counter && name.endsWith("_total")) {
            problems.add(name + ": only a counter ends with _total");
        }
        if (OTHER_UNIT.matcher(name).matches()) {
            problems.add(name + ": not a base unit");
        }
        if (type.equals("histogram") && BASE_UNITS.stream().noneMatch(unit -> name.endsWith("_" + unit))) {
            problems.add(name + ": a histogram names its unit");
        }
    }
}
