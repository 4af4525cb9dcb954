package io.gavel.server.node;

import io.gavel.server.agent.ExitCode;

/// The node cannot start; the message is for the operator and needs no stack trace.
public final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    private final ExitCode exitCode;

    StartException(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    StartException(ExitCode exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    public ExitCode exitCode() {
        return exitCode;
    }
}
