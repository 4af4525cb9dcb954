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
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

final class SnapshotSaveTest {
    private static final byte[] SNAPSHOT = new byte[300_000];

    @Test
    void standardOutputGetsEveryByteAndNothingElse() throws IOException {
        ByteArrayOutputStream taken = new ByteArrayOutputStream();

        int code = save(taken);

        assertThat(code).isEqualTo(ExitCode.OK);
        assertThat(taken.toByteArray()).isEqualTo(SNAPSHOT);
    }

    @Test
    void aStandardOutputThatTakesNoMoreFailsTheBackup() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                throw new IOException("No space left on device");
            }
        };

        assertThatThrownBy(() -> save(full)).isInstanceOf(IOException.class).hasMessageContaining("standard output");
    }

    private static int save(OutputStream standardOutput) throws IOException {
        return new SnapshotCommands.Save()
                .run(client(), new Output(Format.PLAIN, new PrintStream(new PrintStream(standardOutput)), false));
    }

    /// A client that can do nothing but save a snapshot.
    private static GavelClient client() {
        Cluster cluster = only(Cluster.class, "saveSnapshot", out -> {
            ((OutputStream) out[0]).write(SNAPSHOT);
            return new SnapshotHeader(1, 1, 1, Bytes.of(new byte[16]), SNAPSHOT.length, true);
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
