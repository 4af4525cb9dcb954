package io.gavel.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The alerts ask for metrics that exist, and each has a scenario for `promtool test rules`, which no library runs.
final class AlertsTest {
    private static final Path DIRECTORY = Path.of("..", "deploy", "prometheus");
    private static final Path ALERTS = DIRECTORY.resolve("gavel-alerts.yml");
    private static final Path SCENARIOS = DIRECTORY.resolve("gavel-alerts-test.yml");

    @Test
    void everyMetricOfAnAlertIsExported() throws IOException {
        List<String> exported =
                Arrays.stream(Metric.values()).map(Metric::prometheusName).toList();

        for (String name : all("gavel_[a-z_]+", Files.readString(ALERTS))) {
            assertThat(exported).contains(name.replaceFirst("_bucket$", ""));
        }
    }

    @Test
    void everyAlertHasAScenario() throws IOException {
        List<String> tested = all("(?<=alertname: )\\w+", Files.readString(SCENARIOS));

        assertThat(tested).containsAll(all("(?<=alert: )\\w+", Files.readString(ALERTS)));
    }

    private static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .toList();
    }
}
