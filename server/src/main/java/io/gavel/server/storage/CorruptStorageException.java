package io.gavel.server.storage;

import java.io.IOException;

/// Durable bytes are damaged and what is left does not prove enough to go on (rule 25).
///
/// The member must not run on this data directory; the message names the file and what is missing.
public final class CorruptStorageException extends IOException {
    private static final long serialVersionUID = 1;

    public CorruptStorageException(String message) {
        super(message);
    }

    public CorruptStorageException(String message, Throwable cause) {
        super(message, cause);
    }
}
