package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class ErrorReportTest {
    private static String reported(IOException failure) throws Exception {
        StringWriter err = new StringWriter();
        CommandLine command = Invocation.tree().setErr(new PrintWriter(err));
        assertThat(new ErrorReport().handleExecutionException(failure, command, null))
                .isEqualTo(ExitCode.FAILED);
        return err.toString().strip();
    }

    /// The message of such an exception is the file alone.
    @Test
    void ofAFileItIsSaidWhatIsWrongWithIt() throws Exception {
        assertThat(reported(new AccessDeniedException("/x"))).isEqualTo("gavel: /x: permission denied");
        assertThat(reported(new NoSuchFileException("/x"))).isEqualTo("gavel: /x: no such file or directory");
        assertThat(reported(new FileSystemException("/x", null, "Not a directory")))
                .isEqualTo("gavel: /x: Not a directory");
    }
}
