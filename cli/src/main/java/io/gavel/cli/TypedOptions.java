package io.gavel.cli;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// The options that somebody typed. The SDK and the members refuse input by their own names for it; who typed
/// `--if-version -1` has never heard of `ifVersion`, or of `put.ttl_millis` in milliseconds.
final class TypedOptions {
    private static final String MILLIS = "-millis";

    /// How a sentence goes on after the field when it says nothing but the limit and the value.
    private static final List<String> PLAIN = List.of(" must be ", " is ", " has ");

    /// Where a field's last word, in the style of options, is not the option's name.
    private static final Map<String, String> OTHER_NAMES = Map.ofEntries(
            Map.entry("at-revision", "rev"),
            Map.entry("deadline", "timeout"),
            Map.entry("expected-version", "if-version"),
            Map.entry("from-revision", "from"),
            Map.entry("peer-endpoint", "peer"),
            Map.entry("request-timeout", "timeout"),
            Map.entry("session-ttl", "ttl"),
            Map.entry("to-session", "to"),
            Map.entry("to-version", "to"));

    private final CommandSpec command;

    private TypedOptions(CommandSpec command) {
        this.command = command;
    }

    /// Of a command line that was parsed.
    static TypedOptions of(CommandLine command) {
        return new TypedOptions(command.getCommandSpec());
    }

    /// What the help calls an option or a parameter.
    static String name(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }

    /// The error as it is, unless it refuses what an option says: then by the name of that option.
    ErrorLine inTheirNames(ErrorDetail error) {
        ErrorLine line = ErrorLine.of(error);
        String field = error.field();
        if (error.code() != ErrorCode.INVALID_ARGUMENT || field.isEmpty()) {
            return line;
        }
        String word = optionWord(field);
        OptionSpec option = typed(OTHER_NAMES.getOrDefault(withoutUnit(word), withoutUnit(word)));
        if (option == null) {
            return field.equals("endpoints") ? renamed(error, "GAVEL_ENDPOINTS", error.limit(), error.value()) : line;
        }
        String value =
                option.type() == Duration.class ? option.originalStringValues().getLast() : error.value();
        String limit = word.endsWith(MILLIS) ? error.limit() + " ms" : error.limit();
        return renamed(error, option.longestName(), limit, value);
    }

    /// Keeps a sentence that says more than that the field breaks its limit.
    private static ErrorLine renamed(ErrorDetail error, String name, String limit, String value) {
        boolean plain = PLAIN.stream().anyMatch(verb -> error.message().startsWith(error.field() + verb));
        return plain
                ? ErrorLine.invalid(name, limit, value, error.hint())
                : ErrorLine.wrongInput(error.message(), name, limit, value, error.hint());
    }

    /// `put.ttl_millis` and `sessionTtl` as `ttl-millis` and `session-ttl`.
    private static String optionWord(String field) {
        return field.substring(field.lastIndexOf('.') + 1)
                .replaceAll("([a-z])([A-Z])", "$1-$2")
                .replace('_', '-')
                .toLowerCase(Locale.ROOT);
    }

    private static String withoutUnit(String word) {
        return word.endsWith(MILLIS) ? word.substring(0, word.length() - MILLIS.length()) : word;
    }

    /// An option that was given, to this command or to one above it.
    private @Nullable OptionSpec typed(String name) {
        for (CommandSpec spec = command; spec != null; spec = spec.parent()) {
            OptionSpec option = spec.findOption("--" + name);
            if (option != null && !option.originalStringValues().isEmpty()) {
                return option;
            }
        }
        return null;
    }
}
