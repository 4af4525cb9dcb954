package io.gavel.server.entry;

/// What a request may hold at most. The router refuses anything beyond by the name of the limit, before the log.
/// Apply refuses it again, and by the replicated settings where they are stricter; what apply reads here belongs to
/// feature level 1, as the default settings do (rule 28).
public final class RequestLimits {
    /// One encoded command.
    public static final int REQUEST_BYTES = 2 << 20;
    /// Also of a prefix and of a page's start.
    public static final int KEY_BYTES = 1 << 10;

    public static final int VALUE_BYTES = 1 << 20;
    /// Compares, guards and operations of one transaction together.
    public static final int TXN_OPERATIONS = 128;
    /// Guards of a command that is not a transaction.
    public static final int GUARDS = 16;

    public static final long SESSION_TTL_MIN_MILLIS = 1_000;
    public static final long SESSION_TTL_MAX_MILLIS = 86_400_000;
    public static final long KEY_TTL_MIN_MILLIS = 1_000;
    /// A year.
    public static final long KEY_TTL_MAX_MILLIS = 31_536_000_000L;
    /// A year: waiting for ever is said by leaving the limit out.
    public static final long WAIT_MAX_MILLIS = 31_536_000_000L;

    public static final long LOCK_DELAY_MAX_MILLIS = 3_600_000;
    public static final int CAPACITY = 1_000_000;
    /// Names of locks, elections, session owners, authors.
    public static final int NAME_BYTES = 256;

    public static final int PROPOSAL_BYTES = 64 << 10;
    public static final int CONFIG_MESSAGE_BYTES = 4 << 10;
    /// Keys set and deleted by one release.
    public static final int CONFIG_CHANGES = 1_024;

    public static final int SCHEMA_BYTES = 256 << 10;
    public static final int NONCE_BYTES = 16;
    public static final int SECRET_BYTES = 16;
    public static final int SECRET_HASH_BYTES = 32;
    /// Sequences of one session in flight (rule 5).
    public static final int SESSION_WINDOW = 1_024;

    public static final int RANGE_ENTRIES = 10_000;
    public static final int LIST_ENTRIES = 1_000;
    public static final long DEADLINE_DEFAULT_MILLIS = 5_000;
    public static final long DEADLINE_MAX_MILLIS = 60_000;
    public static final long AWAIT_MAX_MILLIS = 60_000;

    private RequestLimits() {}
}
