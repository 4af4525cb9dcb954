package io.gavel.cli.command;

import io.gavel.cli.CommandFailure;

/// Arguments that need more than a type.
final class Arguments {
    private Arguments() {}

    /// A session id as `session ls` prints it.
    static long session(String text) {
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw CommandFailure.usage("'" + text + "' is not a session id; see gavel session ls");
        }
    }
}
