package io.gavel.faults.check.linear;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What an operation does to the state of its group: the values of all keys, then their versions.
interface Transition {
    /// The state after it; the same array if nothing changes, null if the answer could not have come from this state.
    int @Nullable [] apply(int[] state);

    /// The same, impossible where it would change nothing.
    default Transition withEffect() {
        return state -> {
            int[] after = apply(state);
            return after == null || Arrays.equals(after, state) ? null : after;
        };
    }
}
