package io.gavel.cli;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;

/// A command that ends with a message and an exit code of its own choice.
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final ErrorDetail detail;

    public CommandFailure(int exitCode, ErrorCode code, String message, String hint) {
        super(message);
        this.exitCode = exitCode;
        this.detail = ErrorDetail.local(code, Outcome.NOT_APPLIED, message, hint);
    }

    /// Wrong input that only this command can judge.
    public static CommandFailure usage(String message) {
        return new CommandFailure(ExitCode.USAGE, ErrorCode.INVALID_ARGUMENT, message, "");
    }

    int exitCode() {
        return exitCode;
    }

    ErrorDetail detail() {
        return detail;
    }
}
