package io.gavel.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.cli.CommandFailure;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReleaseFileTest {
    @Test
    void takesNumbersAndBooleansAsTheyAreWritten() throws IOException {
        assertThat(ReleaseFile.entries("{\"max\": 200, \"rate\": 1.10, \"big\": 1e3, \"open\": true, \"name\": \"x\"}"))
                .isEqualTo(Map.of("max", "200", "rate", "1.10", "big", "1e3", "open", "true", "name", "x"));
        assertThat(ReleaseFile.entries("{}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "7",
                "{",
                "{} x",
                "{}{}",
                "{\"a\":null}",
                "{\"a\":{}}",
                "{\"a\":[1]}",
                "{\"a\":1,\"a\":2}"
            })
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> ReleaseFile.entries(text)).isInstanceOf(CommandFailure.class);
    }
}
