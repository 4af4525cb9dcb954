package io.gavel.cli;

import io.gavel.cli.output.Format;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.StandardOutput;
import io.gavel.client.error.GavelException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// Errors on standard error: one line for people, one object with `-o json`; never a stack trace.
final class ErrorReport implements IExecutionExceptionHandler, IParameterExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine command, @Nullable ParseResult parsed)
            throws Exception {
        boolean json = isJson(command);
        if (Boolean.getBoolean("gavel.debug")) {
            failure.printStackTrace(command.getErr());
        }
        return switch (failure) {
            case GavelException refused ->
                report(command, json, TypedOptions.of(command).inTheirNames(refused.detail()), ExitCode.of(refused));
            case CommandFailure failed -> report(command, json, failed.line(), failed.exitCode());
            case IOException io -> report(command, json, local("INTERNAL", message(io), null), ExitCode.FAILED);
            case UncheckedIOException io ->
                report(command, json, local("INTERNAL", message(io), null), ExitCode.FAILED);
            case InterruptedException stop ->
                report(command, json, local("INTERRUPTED", "interrupted", null), ExitCode.FAILED);
            default -> report(command, json, defect(failure), ExitCode.FAILED);
        };
    }

    /// An error of the JVM or of this program, met outside of any command's own handling.
    static int onDefect(CommandLine command, Error failure) {
        return report(command, isJson(command), defect(failure), ExitCode.FAILED);
    }

    /// A command did what it was asked to, but standard output did not take all that it printed. A reader that left
    /// early is told nothing, as with other programs in a pipe.
    static int onLostOutput(CommandLine command, IOException lost) {
        if (StandardOutput.isReaderGone(lost)) {
            return ExitCode.READER_GONE;
        }
        return report(
                command,
                isJson(command),
                local(
                        "INTERNAL",
                        "standard output takes no more: " + message(lost),
                        "only output is lost: what the command changed stays changed"),
                ExitCode.FAILED);
    }

    private static ErrorLine defect(Throwable failure) {
        return local(
                "INTERNAL",
                failure.getClass().getSimpleName() + ": " + message(failure),
                "a defect of this program; GAVEL_JAVA_OPTS=-Dgavel.debug=true shows where");
    }

    private static int report(CommandLine command, boolean json, ErrorLine line, int exitCode) {
        print(command.getErr(), json, line);
        return exitCode;
    }

    @Override
    public int handleParseException(ParameterException wrong, String[] args) {
        return report(wrong.getCommandLine(), wantsJson(args), WrongCommandLine.of(wrong), ExitCode.USAGE);
    }

    private static ErrorLine local(String code, String message, @Nullable String hint) {
        return new ErrorLine(code, message, null, null, null, null, hint);
    }

    private static void print(PrintWriter err, boolean json, ErrorLine line) {
        if (json) {
            err.println(Json.write(line.json()));
        } else {
            line.message().lines().forEach(text -> err.println("gavel: " + text));
            if ("UNKNOWN".equals(line.outcome())) {
                err.println("  outcome unknown: it may or may not have taken effect");
            }
            if (line.hint() != null) {
                err.println("  " + line.hint());
            }
        }
        err.flush();
    }

    private static String message(Throwable failure) {
        String message = failure instanceof FileSystemException file && file.getReason() == null
                ? file.getMessage() + ": " + reason(file)
                : failure.getMessage();
        return message == null
                ? failure.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }

    /// The message of such a failure is the file alone; what is wrong with it is the type.
    private static String reason(FileSystemException failure) {
        return switch (failure) {
            case NoSuchFileException _ -> "no such file or directory";
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "exists already";
            default -> failure.getClass().getSimpleName();
        };
    }

    private static boolean isJson(CommandLine command) {
        Format format = GlobalOptions.of(command.getCommandSpec()).format();
        return format == Format.JSON || format == Format.JSONL;
    }

    /// A command line that could not be parsed may still say which format it wants.
    private static boolean wantsJson(String[] args) {
        for (int i = 0; i < args.length && !args[i].equals("--"); i++) {
            String text = args[i].toLowerCase(Locale.ROOT);
            boolean attached =
                    text.startsWith("-ojson") || text.startsWith("-o=json") || text.startsWith("--output=json");
            boolean detached = (text.equals("-o") || text.equals("--output"))
                    && i + 1 < args.length
                    && args[i + 1].toLowerCase(Locale.ROOT).startsWith("json");
            if (attached || detached) {
                return true;
            }
        }
        return false;
    }
}
