package io.gavel.faults.history;

import java.io.IOException;
import java.io.Serial;

/// A line of a history file is not an operation or event; the message names file, line and field.
public final class HistoryFormatException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /// With what is wrong.
    public HistoryFormatException(String message) {
        super(message);
    }
}
