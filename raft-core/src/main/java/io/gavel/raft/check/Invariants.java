package io.gavel.raft.check;

/// Always-on checks of what must hold if the program is right.
///
/// Not for wrong input (a value answers that) nor for a failing environment (an event or a halt does).
/// The message is a constant and the operands are primitives, so that a check that holds costs a branch.
public final class Invariants {
    private Invariants() {}

    /// Halts the caller with an [InvariantViolation] unless `holds`.
    public static void check(boolean holds, String rule) {
        if (!holds) {
            throw new InvariantViolation(rule);
        }
    }

    /// As [#check(boolean, String)], with the two numbers that the rule compares.
    public static void check(boolean holds, String rule, long left, long right) {
        if (!holds) {
            throw new InvariantViolation(rule + " (" + left + ", " + right + ")");
        }
    }
}
