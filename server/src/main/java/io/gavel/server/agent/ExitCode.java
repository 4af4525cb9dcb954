package io.gavel.server.agent;

/// How the server process ends, for supervisors and tests.
public enum ExitCode {
    STOPPED(0),
    FAILED_TO_START(1),
    USAGE(2),
    INVARIANT_VIOLATED(70),
    STORAGE_FAILED(74),
    STATE_DIVERGED(75),
    IDENTITY_REFUSED(76);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
