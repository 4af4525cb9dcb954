package io.gavel.cli;

import io.gavel.cli.output.StandardOutput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;

/// One run of the command line inside this JVM, with what it wrote. Not for two at a time: standard output is shared.
public final class Invocation {
    private final int exitCode;
    private final byte[] out;
    private final String err;

    private Invocation(int exitCode, byte[] out, String err) {
        this.exitCode = exitCode;
        this.out = out;
        this.err = err;
    }

    public int exitCode() {
        return exitCode;
    }

    /// What was written to standard output, as text.
    public String out() {
        return new String(out, StandardCharsets.UTF_8);
    }

    /// What was written to standard output, byte for byte.
    public byte[] outBytes() {
        return out.clone();
    }

    /// What was written to standard error.
    public String err() {
        return err;
    }

    /// Runs the command line with nothing on standard input.
    public static Invocation of(String... arguments) {
        return withInput(new byte[0], arguments);
    }

    /// Runs the command line with these bytes on standard input.
    public static Invocation withInput(byte[] input, String... arguments) {
        ByteArrayOutputStream captured = new ByteArrayOutputStream();
        return run(input, captured, captured, arguments);
    }

    /// Runs the command line with standard output going to this sink; nothing of it is kept.
    public static Invocation into(OutputStream sink, String... arguments) {
        return run(new byte[0], sink, new ByteArrayOutputStream(), arguments);
    }

    private static Invocation run(
            byte[] input, OutputStream sink, ByteArrayOutputStream captured, String... arguments) {
        InputStream in = System.in;
        PrintStream out = System.out;
        StringWriter err = new StringWriter();
        try {
            System.setIn(new ByteArrayInputStream(input));
            StandardOutput standard = StandardOutput.over(sink);
            CommandLine commands = Main.commandLine(List.of(arguments));
            commands.setErr(new PrintWriter(err));
            commands.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
            int exitCode = Main.execute(commands, arguments, standard);
            return new Invocation(exitCode, captured.toByteArray(), err.toString());
        } finally {
            System.setIn(in);
            System.setOut(out);
        }
    }

    /// Every command and group of the tree.
    public static CommandLine tree() {
        return Main.commandLine();
    }
}
