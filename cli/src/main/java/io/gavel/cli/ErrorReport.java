package io.gavel.cli;

import io.gavel.cli.output.Format;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.StandardOutput;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.GavelException;
import io.gavel.server.config.Suggestions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

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
            case GavelException refused -> report(command, json, ErrorLine.of(refused.detail()), ExitCode.of(refused));
            case CommandFailure failed -> report(command, json, ErrorLine.of(failed.detail()), failed.exitCode());
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
        CommandLine command = wrong.getCommandLine();
        print(
                command.getErr(),
                wantsJson(args),
                local("INVALID_ARGUMENT", message(wrong), hint(wrong, command.getCommandSpec())));
        return ExitCode.USAGE;
    }

    private static String message(ParameterException wrong) {
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            String first = unmatched.getUnmatched().getFirst();
            CommandSpec command = wrong.getCommandLine().getCommandSpec();
            if (first.startsWith("-")) {
                return "unknown option " + first + " of " + command.qualifiedName();
            }
            return command.subcommands().isEmpty()
                    ? "one argument too many for " + command.qualifiedName() + ": '" + first + "'"
                    : "unknown command '" + first + "' after " + command.qualifiedName();
        }
        return message((Throwable) wrong);
    }

    private static String hint(ParameterException wrong, CommandSpec command) {
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            String first = unmatched.getUnmatched().getFirst();
            Set<String> known = first.startsWith("-")
                    ? command.optionsMap().keySet()
                    : command.subcommands().keySet();
            String closest = Suggestions.closest(first, known);
            if (closest != null) {
                return "did you mean " + closest + "?";
            }
        }
        return "see " + command.qualifiedName() + " --help";
    }

    private static ErrorLine local(String code, String message, @Nullable String hint) {
        return new ErrorLine(code, message, null, null, null, null, hint);
    }

    /// The stable fields of an error.
    record ErrorLine(
            String code,
            String message,
            @Nullable String outcome,
            @Nullable String field,
            @Nullable String limit,
            @Nullable String value,
            @Nullable String hint) {
        static ErrorLine of(ErrorDetail detail) {
            String outcome = switch (detail.outcome()) {
                case APPLIED -> null;
                case NOT_APPLIED -> "NOT_APPLIED";
                case UNKNOWN -> "UNKNOWN";
            };
            return new ErrorLine(
                    detail.code().name(),
                    detail.message(),
                    outcome,
                    absent(detail.field()),
                    absent(detail.limit()),
                    absent(detail.value()),
                    absent(detail.hint()));
        }

        private static @Nullable String absent(String text) {
            return text.isEmpty() ? null : text;
        }
    }

    private static void print(PrintWriter err, boolean json, ErrorLine line) {
        if (json) {
            err.println(Json.write(Json.object(
                    "code",
                    line.code(),
                    "message",
                    line.message(),
                    "outcome",
                    line.outcome(),
                    "field",
                    line.field(),
                    "limit",
                    line.limit(),
                    "value",
                    line.value(),
                    "hint",
                    line.hint())));
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
        String message = failure.getMessage();
        return message == null
                ? failure.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
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
