package io.gavel.server.api.schema;

import com.networknt.schema.regex.RegularExpression;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/// A regular expression that looks at a bounded number of characters: backtracking ends in a refusal, not in hours.
final class StepLimitedPattern implements RegularExpression {
    private static final int STEPS = 200_000;

    private final Pattern pattern;

    StepLimitedPattern(String regex) {
        this.pattern = Pattern.compile(regex);
    }

    /// Thrown when a value makes a pattern backtrack too much.
    static final class StepLimitException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StepLimitException(String regex) {
            super("the pattern " + regex + " takes too long on a value");
        }
    }

    @Override
    public boolean matches(String value) {
        return pattern.matcher(new CountedText(value, pattern.pattern(), new AtomicInteger()))
                .find();
    }

    private record CountedText(CharSequence text, String regex, AtomicInteger steps) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (steps.incrementAndGet() > STEPS) {
                throw new StepLimitException(regex);
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new CountedText(text.subSequence(start, end), regex, steps);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
