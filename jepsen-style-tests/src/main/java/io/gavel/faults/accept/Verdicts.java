package io.gavel.faults.accept;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.Locale;

/// Prints each measured value beside its limit and remembers whether all held.
final class Verdicts {
    private final int point;
    private final Scale scale;
    private boolean failed;

    Verdicts(int point, Scale scale) {
        this.point = point;
        this.scale = scale;
    }

    Scale scale() {
        return scale;
    }

    boolean hasFailed() {
        return failed;
    }

    /// A time that must not exceed its limit, which slack stretches.
    void atMostMillis(String what, double millis, double limit) {
        double stretched = limit * scale.slack();
        verdict(millis <= stretched, "%s: %.0f ms (limit %.0f ms)", what, millis, stretched);
    }

    /// A share of the processor, which slack stretches like a time.
    void atMostShare(String what, double percent, double limit) {
        atMost(what, percent, limit * scale.slack(), "% of a core");
    }

    void atMost(String what, double value, double limit, String unit) {
        verdict(value <= limit, "%s: %.1f %s (limit %.1f %s)", what, value, unit, limit, unit);
    }

    /// A rate that must reach its limit, which slack lowers.
    void atLeast(String what, double value, double limit, String unit) {
        double lowered = limit / scale.slack();
        verdict(value >= lowered, "%s: %.0f %s (at least %.0f %s)", what, value, unit, lowered, unit);
    }

    void equal(String what, long value, long expected) {
        verdict(value == expected, "%s: %d (must be %d)", what, value, expected);
    }

    void holds(String what, boolean holds) {
        verdict(holds, "%s: %s", what, holds ? "yes" : "NO");
    }

    void note(String text) {
        System.out.println("  point " + point + "  " + text);
    }

    @FormatMethod
    private void verdict(boolean holds, @FormatString String format, Object... values) {
        failed |= !holds;
        String mark = holds ? "ok    " : "FAILED";
        System.out.println(mark + " point " + point + "  " + String.format(Locale.ROOT, format, values));
    }
}
