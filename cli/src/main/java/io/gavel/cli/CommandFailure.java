package io.gavel.cli;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.Outcome;
import io.gavel.server.config.ConfigException;
import io.gavel.server.config.ConfigProblem;

/// A command that ends with a message and an exit code of its own choice.
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final transient ErrorLine line;

    /// The command did nothing.
    ///
    /// @param hint what to do next; empty = nothing to say
    public CommandFailure(int exitCode, ErrorCode code, String message, String hint) {
        this(exitCode, ErrorLine.of(code, Outcome.NOT_APPLIED, message, hint));
    }

    private CommandFailure(int exitCode, ErrorLine line) {
        super(line.message());
        this.exitCode = exitCode;
        this.line = line;
    }

    /// The command did what it was asked to, and then something ended it: there is no outcome to tell.
    public static CommandFailure afterwards(int exitCode, ErrorCode code, String message) {
        return new CommandFailure(exitCode, ErrorLine.of(code, Outcome.APPLIED, message, ""));
    }

    /// Wrong input, by the name of the option or argument, what is allowed there, and what was found.
    public static CommandFailure invalid(String field, String limit, Object value) {
        return new CommandFailure(ExitCode.USAGE, ErrorLine.invalid(field, limit, value.toString(), null));
    }

    /// As [#invalid], for what one sentence says better.
    public static CommandFailure usage(String field, String limit, String value, String message) {
        return new CommandFailure(ExitCode.USAGE, ErrorLine.wrongInput(message, field, limit, value, null));
    }

    /// Two options that cannot both be given.
    public static CommandFailure contradiction(String option, String other) {
        return usage(option, "not with " + other, "both", option + " and " + other + " contradict each other");
    }

    /// A refused configuration: the message names every problem, the fields the first.
    public static CommandFailure config(ConfigException refused, String hint) {
        ConfigProblem first = refused.problems().get(0);
        return new CommandFailure(
                ExitCode.USAGE,
                ErrorLine.wrongInput(
                        String.valueOf(refused.getMessage()), first.field(), first.limit(), first.value(), hint));
    }

    /// What the process ends with.
    public int exitCode() {
        return exitCode;
    }

    ErrorLine line() {
        return line;
    }
}
