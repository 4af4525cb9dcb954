package io.gavel.faults.sim.check;

import java.util.function.Supplier;

/// A check does not hold; it ends the run.
public final class ViolationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String check;

    public ViolationException(String check, String message) {
        super(message);
        this.check = check;
    }

    public ViolationException(String check, String message, Throwable cause) {
        super(message, cause);
        this.check = check;
    }

    /// The name of the check, as `I6`.
    public String check() {
        return check;
    }

    /// Throws unless the condition holds.
    static void check(boolean holds, String check, String message) {
        if (!holds) {
            throw new ViolationException(check, message);
        }
    }

    /// Throws unless the condition holds; the message is only made then.
    static void check(boolean holds, String check, Supplier<String> message) {
        if (!holds) {
            throw new ViolationException(check, message.get());
        }
    }
}
