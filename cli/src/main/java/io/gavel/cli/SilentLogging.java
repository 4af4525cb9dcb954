package io.gavel.cli;

import java.util.logging.LogManager;

/// The configuration of `java.util.logging` that prints nothing; instantiated by the JDK, by its name.
public final class SilentLogging {
    /// Removes every handler.
    public SilentLogging() {
        LogManager.getLogManager().reset();
    }
}
