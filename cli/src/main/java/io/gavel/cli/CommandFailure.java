package io.gavel.cli;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.server.config.ConfigException;
import io.gavel.server.config.ConfigProblem;

/// A command that ends with a message and an exit code of its own choice.
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final ErrorDetail detail;

    public CommandFailure(int exitCode, ErrorCode code, String message, String hint) {
        this(exitCode, ErrorDetail.local(code, Outcome.NOT_APPLIED, message, hint));
    }

    private CommandFailure(int exitCode, ErrorDetail detail) {
        super(detail.message());
        this.exitCode = exitCode;
        this.detail = detail;
    }

    /// The command did what it was asked to, and then something ended it: there is no outcome to tell.
    public static CommandFailure afterwards(int exitCode, ErrorCode code, String message) {
        return new CommandFailure(exitCode, ErrorDetail.local(code, Outcome.APPLIED, message, ""));
    }

    /// Wrong input that only this command can judge.
    public static CommandFailure usage(String message) {
        return new CommandFailure(ExitCode.USAGE, ErrorCode.INVALID_ARGUMENT, message, "");
    }

    /// Wrong input, by the name of the option or argument, what is allowed there, and what was found.
    public static CommandFailure invalid(String field, String limit, Object value) {
        return new CommandFailure(ExitCode.USAGE, ErrorDetail.invalid(field, limit, value.toString()));
    }

    /// A refused configuration: the message names every problem, the fields the first.
    public static CommandFailure config(ConfigException refused, String hint) {
        ConfigProblem first = refused.problems().get(0);
        ErrorDetail named = ErrorDetail.invalid(first.field(), first.limit(), first.value());
        return new CommandFailure(
                ExitCode.USAGE,
                new ErrorDetail(
                        named.code(),
                        named.outcome(),
                        String.valueOf(refused.getMessage()),
                        named.field(),
                        named.limit(),
                        named.value(),
                        hint,
                        0,
                        0,
                        0,
                        0,
                        0,
                        "",
                        null));
    }

    /// What the process ends with.
    public int exitCode() {
        return exitCode;
    }

    ErrorDetail detail() {
        return detail;
    }
}
