package io.gavel.server.entry;

/// A committed entry that this version cannot understand: applying members halt, they never skip (rule 28).
public final class UnsupportedEntryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnsupportedEntryException(String message) {
        super(message);
    }

    public UnsupportedEntryException(String message, Throwable cause) {
        super(message, cause);
    }
}
