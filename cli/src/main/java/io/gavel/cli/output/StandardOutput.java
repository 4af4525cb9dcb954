package io.gavel.cli.output;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/// Standard output that remembers why it took no more, which a [PrintStream] keeps to itself.
public final class StandardOutput extends FilterOutputStream {
    private volatile @Nullable IOException failure;

    private StandardOutput(OutputStream sink) {
        super(sink);
    }

    /// Lets `System.out` write to this sink from now on.
    public static StandardOutput over(OutputStream sink) {
        StandardOutput output = new StandardOutput(sink);
        System.setOut(new PrintStream(new BufferedOutputStream(output), true, System.out.charset()));
        return output;
    }

    /// Why a write failed, after everything printed so far was written; null when all of it arrived.
    public @Nullable IOException failure() {
        System.out.flush();
        return failure;
    }

    /// Whether such a failure says that nobody reads any more: `| head -1` has seen enough.
    public static boolean isReaderGone(IOException failure) {
        String message = failure.getMessage();
        return message != null && message.startsWith("Broken pipe");
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        try {
            out.write(bytes, from, length);
        } catch (IOException refused) {
            failure = refused;
            throw refused;
        }
    }
}
