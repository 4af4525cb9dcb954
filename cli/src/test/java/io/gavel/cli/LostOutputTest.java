package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LostOutputTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "version",
                "completion",
                "kv --help",
                "server check-config -o json --cluster 1=a:1/a:2 --id 1 --data /nowhere"
            })
    void aFullDiskBehindStandardOutputFailsTheCommand(String command) {
        Invocation lost = Invocation.into(failing("No space left on device"), command.split(" "));

        assertThat(lost.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(lost.err()).contains("standard output takes no more: No space left on device");
    }

    @ParameterizedTest
    @ValueSource(strings = {"version", "completion", "kv --help"})
    void aReaderThatLeftEarlyIsToldNothing(String command) {
        Invocation left = Invocation.into(failing("Broken pipe"), command.split(" "));

        assertThat(left.exitCode()).isEqualTo(ExitCode.READER_GONE);
        assertThat(left.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"No space left on device", "Broken pipe"})
    void aFailureOfTheCommandItselfKeepsItsCode(String why) {
        Invocation refused = Invocation.into(failing(why), "kv", "no-such-command");

        assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err()).doesNotContain("standard output");
    }

    private static OutputStream failing(String why) {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                throw new IOException(why);
            }
        };
    }
}
