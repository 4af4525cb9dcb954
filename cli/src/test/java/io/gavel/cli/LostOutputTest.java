package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.SharedCluster;
import io.gavel.cli.output.StandardOutput;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
            CommandLine commands =
                    Invocation.tree().addSubcommand(new PrintsAndFails()).setErr(new PrintWriter(err));
            assertThat(Main.execute(commands, new String[] {"prints-and-fails"}, standard))
                    .isEqualTo(ExitCode.CONFLICT);
            assertThat(standard.failure()).as("output was lost").hasMessage(why);
        } finally {
            System.setOut(out);
        }
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"No space left on device,1", "Broken pipe,141"})
    @ExtendWith(SharedCluster.class)
    @Timeout(60)
    void whatWouldGoOnForEverEndsWhenNobodySeesIt(String why, int exitCode, LocalCluster cluster) {
        String endpoints = String.join(",", cluster.endpoints());

        Invocation lost = Invocation.into(failing(why), "-e", endpoints, "status", "-w");

        assertThat(lost.exitCode()).as(lost.err()).isEqualTo(exitCode);
    }

    @ParameterizedTest
    @CsvSource({"No space left on device,1", "Broken pipe,141"})
    @ExtendWith(SharedCluster.class)
    void aSnapshotThatStandardOutputDoesNotTakeIsLostOutputToo(String why, int exitCode, LocalCluster cluster) {
        String endpoints = String.join(",", cluster.endpoints());

        Invocation lost = Invocation.into(failing(why), "-e", endpoints, "snapshot", "save", "-");

        assertThat(lost.exitCode()).as(lost.err()).isEqualTo(exitCode);
        assertThat(lost.err().isEmpty()).isEqualTo(exitCode == ExitCode.READER_GONE);
    }

    @Test
    void aClusterThatNobodyWasToldOfEnds(@TempDir Path directory) throws Exception {
        int basePort = LocalCluster.freeBasePort(1, new Random());
        Path err = directory.resolve("err");
        Process dev = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "dev",
                        "--nodes",
                        "1",
                        "--base-port",
                        Integer.toString(basePort),
                        "--data",
                        directory.resolve("data").toString())
                .redirectOutput(new File("/dev/full"))
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(dev.waitFor(90, TimeUnit.SECONDS)).isTrue();
        } finally {
            dev.destroyForcibly();
        }
        assertThat(dev.exitValue()).isEqualTo(ExitCode.FAILED);
        assertThat(err).content().contains("standard output takes no more: No space left on device");
        assertThat(LocalCluster.portsInUse(1, basePort)).isEmpty();
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
