package io.gavel.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Durations as people type them: `250ms`, `10s`, `5m`, `2h`, `1d`; a bare `0` is none.
public final class Durations implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,15})(ms|s|m|h|d)");
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    @Override
    public Duration convert(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw refused(text);
        }
        Duration duration = duration(text, matcher);
        if (duration.compareTo(LONGEST) > 0) {
            throw refused(text);
        }
        return duration;
    }

    private static Duration duration(String text, Matcher matcher) {
        long amount = Long.parseLong(matcher.group(1));
        try {
            return switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        } catch (ArithmeticException e) {
            throw refused(text);
        }
    }

    private static TypeConversionException refused(String text) {
        return new TypeConversionException("'" + text + "' is not " + limit(text));
    }

    /// What a text that was refused should have been.
    static String limit(String text) {
        return FORM.matcher(text).matches()
                ? "at most " + LONGEST.toDays() + "d"
                : "a duration such as 250ms, 10s, 5m, 2h or 1d";
    }

    /// The shortest text with the same meaning.
    public static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1_000 != 0) {
            return millis < 1_000 ? millis + "ms" : millis / 1_000 + "." + (millis % 1_000) / 100 + "s";
        }
        long seconds = millis / 1_000;
        return seconds % 60 != 0 || seconds == 0
                ? seconds + "s"
                : seconds % 3_600 != 0 ? seconds / 60 + "m" : seconds / 3_600 + "h";
    }
}
