package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class DurationsTest {
    private final Durations durations = new Durations();

    @ParameterizedTest
    @CsvSource({"0,0", "250ms,250", "10s,10000", "5m,300000", "2h,7200000", "1d,86400000", "0s,0"})
    void readsAWholeNumberAndAUnit(String text, long millis) {
        assertThat(durations.convert(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "5",
                "-5s",
                "1.5s",
                "5 s",
                "5S",
                "5min",
                "s",
                "9999999999999999s",
                "106752d",
                "999999999999999d"
            })
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> durations.convert(text)).isInstanceOf(TypeConversionException.class);
    }

    /// What counts in nanoseconds can count all that is let through.
    @Test
    void takesWhatNanosecondsCanCount() {
        assertThat(durations.convert("106751d").toNanos()).isPositive();
        assertThat(Durations.limit("106752d")).isEqualTo("at most 106751d");
        assertThat(Durations.limit("5min")).startsWith("a duration such as");
    }

    @Test
    void writesTheShortestText() {
        assertThat(Durations.text(Duration.ZERO)).isEqualTo("0s");
        assertThat(Durations.text(Duration.ofMillis(250))).isEqualTo("250ms");
        assertThat(Durations.text(Duration.ofMillis(9_640))).isEqualTo("9.6s");
        assertThat(Durations.text(Duration.ofSeconds(90))).isEqualTo("90s");
        assertThat(Durations.text(Duration.ofMinutes(5))).isEqualTo("5m");
        assertThat(Durations.text(Duration.ofHours(24))).isEqualTo("24h");
    }
}
