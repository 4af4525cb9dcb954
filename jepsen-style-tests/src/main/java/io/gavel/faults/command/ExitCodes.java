package io.gavel.faults.command;

/// What the command's exit says.
final class ExitCodes {
    static final int PASSED = 0;
    static final int VIOLATED = 1;
    static final int UNDECIDED = 2;
    static final int SET_UP_FAILED = 3;

    private ExitCodes() {}
}
