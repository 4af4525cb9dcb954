package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.cli.output.StandardOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

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

    @Command(name = "prints-and-fails")
    static final class PrintsAndFails implements Callable<Integer> {
        @Override
        public Integer call() {
            System.out.println("a part");
            return ExitCode.CONFLICT;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"No space left on device", "Broken pipe"})
    void aFailureOfTheCommandItselfKeepsItsCode(String why) {
        PrintStream out = System.out;
        StringWriter err = new StringWriter();
        try {
            StandardOutput standard = StandardOutput.over(failing(why));
            CommandLine command = new CommandLine(new PrintsAndFails()).setErr(new PrintWriter(err));
            assertThat(Main.execute(command, new String[0], standard)).isEqualTo(ExitCode.CONFLICT);
            assertThat(standard.failure()).as("output was lost").hasMessage(why);
        } finally {
            System.setOut(out);
        }
        assertThat(err.toString()).isEmpty();
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
