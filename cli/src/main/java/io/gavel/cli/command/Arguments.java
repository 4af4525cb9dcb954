package io.gavel.cli.command;

import io.gavel.cli.CommandFailure;
import io.gavel.cli.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Arguments that need more than a type. Each check names what it refuses as the help does.
///
/// They come before any call: a number that the protocol has no sign for would arrive as a huge one.
final class Arguments {
    private static final int MAX_MEMBER_ID = 65_535;
    private static final int MAX_LISTED = 1_000;

    private Arguments() {}

    /// A session id as `session ls` prints it.
    static long session(String field, String text) {
        try {
            long id = Long.parseUnsignedLong(text);
            if (id == 0) {
                throw notASession(field, text);
            }
            return id;
        } catch (NumberFormatException e) {
            throw notASession(field, text);
        }
    }

    private static CommandFailure notASession(String field, String text) {
        return CommandFailure.invalid(field, "a session id as gavel session ls prints it", text);
    }

    static int memberId(String field, int id) {
        return (int) between(field, 1, MAX_MEMBER_ID, id);
    }

    /// How many items a list may have that is answered in one piece.
    static int listed(int limit) {
        return (int) between("--limit", 1, MAX_LISTED, limit);
    }

    static long between(String field, long least, long most, long value) {
        if (value < least || value > most) {
            throw CommandFailure.invalid(field, least + " to " + most, value);
        }
        return value;
    }

    static long atLeast(String field, long least, long value) {
        if (value < least) {
            throw CommandFailure.invalid(field, "at least " + least, value);
        }
        return value;
    }

    /// What is not given is `absent`.
    static long atLeast(String field, long least, @Nullable Long value, long absent) {
        return value == null ? absent : atLeast(field, least, value);
    }

    /// An option that a harmful command asks for in so many words.
    static void confirmed(boolean force, String what) {
        if (!force) {
            throw CommandFailure.usage("--force", "required", "absent", what + "; confirm with --force");
        }
    }

    /// How long a program that was told to end may take for it.
    static void grace(Duration grace) {
        if (grace.compareTo(Duration.ofDays(1)) > 0) {
            throw CommandFailure.invalid("--grace", "at most 1d", Durations.text(grace));
        }
    }
}
