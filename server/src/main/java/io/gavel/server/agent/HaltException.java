package io.gavel.server.agent;

/// Thrown by an agent that must not go on; its runner ends the node with this exit code.
public final class HaltException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ExitCode exitCode;

    public HaltException(ExitCode exitCode, String reason) {
        super(reason);
        this.exitCode = exitCode;
    }

    public HaltException(ExitCode exitCode, String reason, Throwable cause) {
        super(reason, cause);
        this.exitCode = exitCode;
    }

    public ExitCode exitCode() {
        return exitCode;
    }
}
