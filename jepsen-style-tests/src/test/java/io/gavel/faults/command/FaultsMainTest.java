package io.gavel.faults.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FaultsMainTest {
    private final StringWriter errors = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sim --seeds many",
                "sim --only METEOR",
                "exhaustive --only fire",
                "scenarios --random",
                "seeded-bugs --minutes soon",
                "check there-is-no-such-directory",
                "simm",
            })
    void whatCannotBeRunIsNeitherAViolationNorUndecided(String arguments) {
        assertThat(execute(arguments)).as(errors.toString()).isEqualTo(ExitCodes.SET_UP_FAILED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sim --seed 1", "exhaustive --case none", "scenarios --only none"})
    void anUnknownFormatIsToldBeforeAnythingRuns(String arguments) {
        assertThat(execute(arguments + " -o xml")).isEqualTo(ExitCodes.SET_UP_FAILED);
        assertThat(errors.toString()).isEqualToIgnoringNewLines("faults: -o takes plain or json, not 'xml'");
    }

    private int execute(String arguments) {
        return FaultsMain.commandLine().setErr(new PrintWriter(errors, true)).execute(arguments.split(" "));
    }
}
