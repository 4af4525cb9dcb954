package io.gavel.cli;

import io.gavel.client.error.GavelException;
import io.gavel.client.error.Outcome;

/// The exit codes of every command; part of the contract with scripts.
public final class ExitCode {
    public static final int OK = 0;
    public static final int FAILED = 1;
    public static final int USAGE = 2;
    public static final int NOT_FOUND = 3;
    public static final int CONFLICT = 4;
    /// No quorum, or no member could be reached: nothing was changed.
    public static final int UNAVAILABLE = 5;
    /// The change may or may not have taken effect.
    public static final int OUTCOME_UNKNOWN = 6;
    public static final int CHECK_FAILED = 8;
    /// `lock run`, `election campaign`: not acquired in time.
    public static final int NOT_ACQUIRED = 120;
    /// `lock run`, `election campaign`: lost while the child ran.
    public static final int LOST = 121;

    /// `lock run`, `election campaign`: the program could not be started, as shells say it.
    public static final int NOT_STARTED = 127;

    /// Whoever read standard output left before the end, as shells say it of a program that SIGPIPE ended.
    public static final int READER_GONE = 141;

    private ExitCode() {}

    /// The code for a failed call.
    public static int of(GavelException failure) {
        return switch (failure.code()) {
            case NOT_FOUND -> NOT_FOUND;
            case CONFLICT, FAILED_PRECONDITION, COMPACTED -> CONFLICT;
            case INVALID_ARGUMENT -> USAGE;
            case UNAVAILABLE, CIRCUIT_OPEN, DEADLINE ->
                failure.outcome() == Outcome.UNKNOWN ? OUTCOME_UNKNOWN : UNAVAILABLE;
            case OVERLOADED,
                    LOCK_LOST,
                    LEADERSHIP_LOST,
                    SESSION_EXPIRED,
                    ALREADY_ACKNOWLEDGED,
                    WRONG_CLUSTER,
                    STORAGE_FULL,
                    UNSUPPORTED,
                    INTERNAL,
                    CLIENT_CLOSED,
                    INTERRUPTED -> failure.outcome() == Outcome.UNKNOWN ? OUTCOME_UNKNOWN : FAILED;
        };
    }
}
