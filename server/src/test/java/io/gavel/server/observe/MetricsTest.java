package io.gavel.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
                assertThat(scrape).contains("\n# TYPE " + metric.prometheusName() + " ");
            }
            assertThat(scrape)
                    .contains("gavel_raft_leader_changes_total 3.0")
                    .contains("gavel_peer_dropped_total{reason=\"stale\"} 3.0")
                    .contains("gavel_journal_commit_seconds_bucket{le=\"")
                    .contains("gavel_journal_batch_bytes_bucket{le=\"")
                    .contains("gavel_requests_seconds_count{code=\"OK\",kind=\"put\"} 1")
                    .contains("jvm_memory_used_bytes");
        }
    }

    private static void registerAll(Metrics metrics) {
        for (Metric metric : Metric.values()) {
            switch (metric) {
                case BUILD_INFO -> {}
                case PEER_DROPPED -> metrics.counter(metric, "reason", "stale", () -> 3L);
                case REQUESTS ->
                    metrics.timer(metric, "kind", "put", "code", "OK").record(Duration.ofMillis(2));
                default -> register(metrics, metric);
            }
        }
    }

    private static void register(Metrics metrics, Metric metric) {
        switch (metric.kind()) {
            case GAUGE -> metrics.gauge(metric, () -> 4);
            case COUNTER -> metrics.counter(metric, () -> 3L);
            case TIMER -> metrics.timer(metric).record(Duration.ofMillis(2));
            case SUMMARY -> metrics.summary(metric).record(100);
        }
    }

    /// `docs/reference/metrics.md` names every metric, once, as it is.
    @Test
    void everyMetricIsDocumented() throws IOException {
        List<String> rows = Files.readAllLines(Path.of("..", "docs", "reference", "metrics.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .toList();

        assertThat(rows)
                .containsExactlyElementsOf(
                        Arrays.stream(Metric.values()).map(MetricsTest::row).toList());
    }

    private static String row(Metric metric) {
        String kind = metric.kind() == Metric.Kind.TIMER || metric.kind() == Metric.Kind.SUMMARY
                ? "histogram"
                : metric.kind().name().toLowerCase(Locale.ROOT);
        String unit = metric.unit() == null ? "" : metric.unit();
        return "| `" + metric.prometheusName() + "` | " + kind + " | " + unit + " | " + metric.meaning() + " |";
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
