package io.gavel.faults.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FaultsMainTest {
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
        StringWriter errors = new StringWriter();
        int exit =
                FaultsMain.commandLine().setErr(new PrintWriter(errors, true)).execute(arguments.split(" "));

        assertThat(exit).as(errors.toString()).isEqualTo(ExitCodes.SET_UP_FAILED);
    }
}
