package io.gavel.faults.check;

import io.gavel.faults.history.Operation;
import java.util.List;

/// What a checker has against a history.
///
/// @param check the promise, as `I17 linearizability`
/// @param operations the ones that show it, in the order of their calls; empty if it is about events
/// @param fromNanos where to begin to look
/// @param toNanos when it had happened
public record Finding(
        String check, Kind kind, String message, List<Operation> operations, long fromNanos, long toNanos) {
    /// How bad it is.
    public enum Kind {
        /// The promise is broken.
        VIOLATED,
        /// It could not be decided within the budget; a run does not pass with it.
        UNDECIDED
    }

    /// A broken promise shown by operations.
    public static Finding violated(String check, String message, List<Operation> operations) {
        long from = operations.stream().mapToLong(Operation::invoked).min().orElse(0);
        long to = operations.stream().mapToLong(Operation::returned).max().orElse(0);
        return new Finding(check, Kind.VIOLATED, message, List.copyOf(operations), from, to);
    }

    /// A broken promise shown by something that was seen between two moments.
    public static Finding violated(String check, String message, long fromNanos, long toNanos) {
        return new Finding(check, Kind.VIOLATED, message, List.of(), fromNanos, toNanos);
    }

    @Override
    public String toString() {
        String window = " [" + Texts.seconds(fromNanos) + " s to " + Texts.seconds(toNanos) + " s]";
        String verdict = kind == Kind.VIOLATED ? "" : " UNDECIDED";
        var text = new StringBuilder(check + verdict + ": " + message + window);
        operations.forEach(operation -> text.append("\n    ").append(Texts.of(operation)));
        return text.toString();
    }
}
