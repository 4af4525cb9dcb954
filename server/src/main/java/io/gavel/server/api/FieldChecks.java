package io.gavel.server.api;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.TokenGuard;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Collects the first thing that is wrong with a request. Not thread-safe; one instance for one request.
final class FieldChecks {
    private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9][a-z0-9._/-]{0,127}");

    private @Nullable Error refusal;

    /// What is wrong; null = nothing so far.
    @Nullable
    Error refusal() {
        return refusal;
    }

    void refuse(String field, String limit, Object value, String message) {
        if (refusal == null) {
            refusal = Refusals.invalid(field, limit, value, message);
        }
    }

    void unsupported(String what) {
        if (refusal == null) {
            refusal = Refusals.notApplied(ErrorCode.UNSUPPORTED, what + " is not known to this version")
                    .setField(what)
                    .setHint("use a client of this server's version or older")
                    .build();
        }
    }

    void key(String field, ByteString key) {
        bytes(field, key, 1, RequestLimits.KEY_BYTES);
    }

    void bytes(String field, ByteString bytes, int min, int max) {
        sized(field, bytes.size(), min, max, "bytes");
    }

    private void sized(String field, long size, long min, long max, String unit) {
        if (size < min || size > max) {
            String limit = min == max ? max + " " + unit : min + " to " + max + " " + unit;
            refuse(field, limit, size, field + " has " + size + " " + unit + ", allowed: " + limit);
        }
    }

    void count(String field, long count, long max) {
        if (count > max) {
            refuse(field, "at most " + max, count, field + " is " + count + ", at most " + max + " is allowed");
        }
    }

    void range(String field, long value, long min, long max) {
        if (value < min || value > max) {
            String limit = min + " to " + max;
            refuse(field, limit, value, field + " is " + value + ", allowed: " + limit);
        }
    }

    void positive(String field, long value) {
        if (value == 0) {
            refuse(field, "at least 1", 0, field + " is missing");
        }
    }

    /// A name of 1 to 256 bytes of UTF-8 without control characters.
    void name(String field, String name) {
        text(field, name, 1, RequestLimits.NAME_BYTES);
    }

    void text(String field, String text, int min, int max) {
        sized(field, utf8Length(text), min, max, "bytes");
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                String character = String.format(Locale.ROOT, "U+%04X", (int) text.charAt(i));
                refuse(field, "no control characters", character, field + " has the control character " + character);
                return;
            }
        }
    }

    /// Text that may have several lines.
    void message(String field, String text, int max) {
        sized(field, utf8Length(text), 0, max, "bytes");
    }

    void namespace(String field, String namespace) {
        if (!NAMESPACE.matcher(namespace).matches()) {
            refuse(field, NAMESPACE.pattern(), abbreviated(namespace), field + " is not of the form " + NAMESPACE);
        }
    }

    void guards(String field, List<Guard> guards, int max) {
        count(field, guards.size(), max);
        for (Guard guard : guards) {
            switch (guard.getKindCase()) {
                case LOCK -> tokenGuard(field + ".lock", guard.getLock());
                case ELECTION -> tokenGuard(field + ".election", guard.getElection());
                case SESSION_ALIVE -> positive(field + ".session_alive", guard.getSessionAlive());
                case KIND_NOT_SET -> unsupported(field + " without a known kind");
            }
        }
    }

    private void tokenGuard(String field, TokenGuard guard) {
        name(field + ".name", guard.getName());
        positive(field + ".token", guard.getToken());
    }

    private static String abbreviated(String text) {
        return text.length() <= 64 ? text : text.substring(0, 64) + "…";
    }

    static int utf8Length(String text) {
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                length += 1;
            } else if (c < 0x800) {
                length += 2;
            } else if (Character.isHighSurrogate(c)) {
                length += 4;
                i++;
            } else {
                length += 3;
            }
        }
        return length;
    }
}
