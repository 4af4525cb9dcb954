package io.gavel.server.disk;

import java.io.IOException;

/// The data directory is intact but not one this process may use: another member's, another cluster's, in use by
/// another process, or written by a newer version.
///
/// Nothing was changed. `field`, `limit` (what was asked for) and `value` (what was found) make up the message.
public final class StorageRefusedException extends IOException {
    private static final long serialVersionUID = 1;

    private final String field;
    private final String limit;
    private final String value;

    public StorageRefusedException(String field, String limit, String value) {
        super("data directory refused: " + field + " must be " + limit + ", found " + value);
        this.field = field;
        this.limit = limit;
        this.value = value;
    }

    public String field() {
        return field;
    }

    public String limit() {
        return limit;
    }

    public String value() {
        return value;
    }
}
