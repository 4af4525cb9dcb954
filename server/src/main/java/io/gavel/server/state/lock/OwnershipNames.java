package io.gavel.server.state.lock;

import io.gavel.protocol.v1.Error;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// Names of locks and elections.
final class OwnershipNames {
    /// The order of their UTF-8 bytes, which `String.compareTo` does not give beyond the basic plane.
    static final Comparator<String> ORDER = OwnershipNames::compare;

    private OwnershipNames() {}

    /// Null when `name` may name a lock or an election.
    static @Nullable Error check(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > RequestLimits.NAME_BYTES) {
            return Refusals.invalid(
                    "name",
                    "1 to " + RequestLimits.NAME_BYTES + " bytes",
                    bytes,
                    "a name has 1 to " + RequestLimits.NAME_BYTES + " bytes, not " + bytes);
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            return Refusals.invalid("name", "no control characters", name, "a name has no control characters");
        }
        return null;
    }

    private static int compare(String left, String right) {
        int shorter = Math.min(left.length(), right.length());
        for (int i = 0; i < shorter; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean oneOfPair = Character.isSurrogate(a) != Character.isSurrogate(b);
                return oneOfPair ? (Character.isSurrogate(a) ? 1 : -1) : Character.compare(a, b);
            }
        }
        return Integer.compare(left.length(), right.length());
    }
}
