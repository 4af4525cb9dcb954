package io.gavel.client.internal.core;

/** Always-on checks of our own assumptions. */
final class Invariants {
    private Invariants() {}

    /** Throws when an assumption of the SDK's own logic is broken. */
    static void check(boolean holds, String what, long a, long b) {
        if (!holds) {
            throw new IllegalStateException(what + ": " + a + ", " + b);
        }
    }
}
