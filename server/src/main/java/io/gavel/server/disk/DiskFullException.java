package io.gavel.server.disk;

import java.io.IOException;

/// No space is left for bytes that were not allocated yet. Nothing that existed before has changed.
public final class DiskFullException extends IOException {
    private static final long serialVersionUID = 1;

    public DiskFullException(String message, Throwable cause) {
        super(message, cause);
    }

    public DiskFullException(String message) {
        super(message);
    }
}
