package io.gavel.cli;

import io.gavel.server.config.Suggestions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Says what is wrong with a command line that could not be parsed.
final class WrongCommandLine {
    private WrongCommandLine() {}

    static ErrorLine of(ParameterException wrong) {
        CommandSpec command = wrong.getCommandLine().getCommandSpec();
        String help = "see " + command.qualifiedName() + " --help";
        return switch (wrong) {
            case UnmatchedArgumentException unmatched ->
                unmatched(unmatched.getUnmatched().getFirst(), command, help);
            case MissingParameterException missing -> missing(missing, help);
            default -> refused(wrong, help);
        };
    }

    private static ErrorLine unmatched(String first, CommandSpec command, String help) {
        boolean option = first.startsWith("-");
        String message = option
                ? "unknown option " + first + " of " + command.qualifiedName()
                : command.subcommands().isEmpty()
                        ? "one argument too many for " + command.qualifiedName() + ": '" + first + "'"
                        : "unknown command '" + first + "' after " + command.qualifiedName();
        Set<String> known =
                option ? command.optionsMap().keySet() : command.subcommands().keySet();
        String closest = Suggestions.closest(first, known);
        return ErrorLine.wrongInput(
                message, null, null, first, closest == null ? help : "did you mean " + closest + "?");
    }

    private static ErrorLine missing(MissingParameterException missing, String help) {
        List<ArgSpec> arguments = missing.getMissing();
        String field = arguments.isEmpty() ? null : TypedOptions.name(arguments.getFirst());
        return ErrorLine.wrongInput(String.valueOf(missing.getMessage()), field, "required", null, help);
    }

    private static ErrorLine refused(ParameterException wrong, String help) {
        ArgSpec argument = wrong.getArgSpec();
        String value = wrong.getValue();
        if (argument == null) {
            return ErrorLine.wrongInput(String.valueOf(wrong.getMessage()), null, null, value, help);
        }
        String field = TypedOptions.name(argument);
        String limit = value == null ? null : limit(argument.type(), value);
        return limit == null
                ? ErrorLine.wrongInput(String.valueOf(wrong.getMessage()), field, null, value, help)
                : ErrorLine.invalid(field, limit, value, help);
    }

    /// What was wanted where `value` could not be read; null = the parser's own words must do.
    private static @Nullable String limit(Class<?> type, String value) {
        if (type == Duration.class) {
            return Durations.limit(value);
        }
        if (type == int.class || type == Integer.class) {
            return "a whole number of at most " + Integer.MAX_VALUE;
        }
        if (type == long.class || type == Long.class) {
            return "a whole number of at most " + Long.MAX_VALUE;
        }
        return type.isEnum() ? "one of " + names(type) : null;
    }

    private static String names(Class<?> type) {
        return Stream.of(type.getEnumConstants())
                .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}
