package io.gavel.faults.check;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Operation;
import java.util.Locale;

/// Operations and times as a reader wants them.
public final class Texts {
    private static final int LONGEST = 160;

    private Texts() {}

    /// Seconds with three decimals.
    public static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.6f", nanos / 1e9);
    }

    /// One line: who, when, what, and what came of it.
    public static String of(Operation operation) {
        Answer answer = operation.answer();
        String outcome = switch (operation.status()) {
            case OK -> seconds(operation.returned()) + " ok " + (answer == null ? "" : answer);
            case FAIL -> seconds(operation.returned()) + " failed" + (answer == null ? "" : " " + answer);
            case INFO -> "... unknown";
        };
        Long fence = operation.stamp().fence();
        String guard = fence == null ? "" : " under token " + fence;
        return "process " + operation.process() + "  " + seconds(operation.invoked()) + " "
                + shortened(operation.call().toString()) + guard + " -> " + shortened(outcome);
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    }
}
