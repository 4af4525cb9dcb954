package io.gavel.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.cli.ExitCode;
import io.gavel.cli.output.Format;
import io.gavel.cli.output.Output;
import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.cluster.Cluster;
import io.gavel.client.cluster.SnapshotHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class SnapshotSaveTest {
    private static final byte[] SNAPSHOT = new byte[300_000];

    private final StringWriter told = new StringWriter();
    private boolean confirmed = true;
    private boolean brokenOff;

    @Test
    void standardOutputGetsEveryByteAndNothingElse() throws IOException {
        ByteArrayOutputStream taken = new ByteArrayOutputStream();

        int code = save(taken);

        assertThat(code).isEqualTo(ExitCode.OK);
        assertThat(taken.toByteArray()).isEqualTo(SNAPSHOT);
        assertThat(told.toString()).isEmpty();
    }

    @Test
    void aStandardOutputThatTakesNoMoreEndsTheBackup() throws IOException {
        int[] writes = {0};
        OutputStream full = new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                writes[0]++;
                throw new IOException("No space left on device");
            }
        };

        assertThat(save(full)).as("the loss is the output's own to tell").isEqualTo(ExitCode.OK);
        assertThat(writes[0]).isEqualTo(1);
    }

    @Test
    void aBackupThatBreaksOffFails() {
        brokenOff = true;

        assertThatThrownBy(() -> save(new ByteArrayOutputStream())).hasMessage("the snapshot broke off");
    }

    @Test
    void aSnapshotThatNoMajorityConfirmedIsNotTakenForACompleteOne() throws IOException {
        confirmed = false;

        assertThat(save(new ByteArrayOutputStream())).isEqualTo(ExitCode.OK);
        assertThat(told.toString()).contains("may lack acknowledged writes");
    }

    @Test
    void aSignalLeavesNoPartOfAFile(@TempDir Path directory) throws Exception {
        Path target = directory.resolve("backup.snapshot");
        Files.writeString(target, "the one before");
        try (BackupFile backup = new BackupFile(target)) {
            write(backup);
            assertThat(directory.toFile().list()).hasSize(2);

            backup.onSignal().start();
            backup.onSignal().join();

            assertThat(directory.toFile().list()).containsExactly("backup.snapshot");
        }
        assertThat(target).hasContent("the one before");
    }

    @Test
    void aFileHasItsNameOnceItIsKept(@TempDir Path directory) throws IOException {
        Path target = directory.resolve("backup.snapshot");
        try (BackupFile backup = new BackupFile(target)) {
            write(backup);
            assertThat(target).doesNotExist();
            backup.keep();
        }
        assertThat(target).hasBinaryContent(SNAPSHOT);
        assertThat(directory.toFile().list()).hasSize(1);
    }

    private static void write(BackupFile backup) throws IOException {
        backup.write(out -> {
            out.write(SNAPSHOT);
            return SNAPSHOT;
        });
    }

    private int save(OutputStream standardOutput) throws IOException {
        SnapshotCommands.Save command = new SnapshotCommands.Save();
        new CommandLine(command).setErr(new PrintWriter(told));
        return command.run(client(), new Output(Format.PLAIN, new PrintStream(new PrintStream(standardOutput)), false));
    }

    /// A client that can do nothing but save a snapshot.
    private GavelClient client() {
        Cluster cluster = only(Cluster.class, "saveSnapshot", out -> {
            ((OutputStream) out[0]).write(SNAPSHOT);
            if (brokenOff) {
                throw new IOException("the snapshot broke off");
            }
            return new SnapshotHeader(1, 1, 1, Bytes.of(new byte[16]), SNAPSHOT.length, confirmed);
        });
        return only(GavelClient.class, "cluster", nothing -> cluster);
    }

    @FunctionalInterface
    private interface Answer {
        Object to(Object[] arguments) throws IOException;
    }

    private static <T> T only(Class<T> type, String method, Answer answer) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, called, arguments) -> {
                    assertThat(called.getName()).isEqualTo(method);
                    return answer.to(arguments);
                }));
    }
}
