package io.gavel.cli;

import io.gavel.cli.output.Json;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a command says of its failure: the stable fields of an error. What is absent is null; empty text is absent.
record ErrorLine(
        String code,
        String message,
        @Nullable String outcome,
        @Nullable String field,
        @Nullable String limit,
        @Nullable String value,
        @Nullable String hint) {

    static ErrorLine of(ErrorDetail detail) {
        return new ErrorLine(
                detail.code().name(),
                detail.message(),
                outcome(detail.outcome()),
                absent(detail.field()),
                absent(detail.limit()),
                absent(detail.value()),
                absent(detail.hint()));
    }

    /// A failure that no field is to blame for.
    static ErrorLine of(ErrorCode code, Outcome outcome, String message, String hint) {
        return new ErrorLine(code.name(), message, outcome(outcome), null, null, null, absent(hint));
    }

    /// Wrong input: nothing was changed.
    static ErrorLine wrongInput(
            String message,
            @Nullable String field,
            @Nullable String limit,
            @Nullable String value,
            @Nullable String hint) {
        return new ErrorLine(
                ErrorCode.INVALID_ARGUMENT.name(),
                message,
                outcome(Outcome.NOT_APPLIED),
                absent(field),
                absent(limit),
                absent(value),
                absent(hint));
    }

    /// Wrong input, in the words that the SDK has for it too.
    static ErrorLine invalid(String field, String limit, String value, @Nullable String hint) {
        return wrongInput(field + " must be " + limit + ", not " + value, field, limit, value, hint);
    }

    Map<String, @Nullable Object> json() {
        return Json.object(
                "code", code, "message", message, "outcome", outcome, "field", field, "limit", limit, "value", value,
                "hint", hint);
    }

    private static @Nullable String outcome(Outcome outcome) {
        return switch (outcome) {
            case APPLIED -> null;
            case NOT_APPLIED, UNKNOWN -> outcome.name();
        };
    }

    private static @Nullable String absent(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }
}
