package io.gavel.raft.check;

/// Says that this program, not its input or its environment, is wrong: the process must halt.
///
/// An [Error], so that no handler of ordinary failures goes on with a state that cannot be trusted.
public final class InvariantViolation extends Error {
    private static final long serialVersionUID = 1L;

    public InvariantViolation(String message) {
        super(message);
    }
}
