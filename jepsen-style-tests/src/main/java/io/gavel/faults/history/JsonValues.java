package io.gavel.faults.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Values of a history are any JSON; in memory they are text, and a whole number and its digits are the same value.
final class JsonValues {
    private static final Pattern WHOLE = Pattern.compile("-?[1-9][0-9]{0,17}|0");

    private JsonValues() {}

    static void put(ObjectNode node, String field, @Nullable String value) {
        if (value == null) {
            node.putNull(field);
        } else {
            node.set(field, node(value));
        }
    }

    static JsonNode node(String value) {
        return WHOLE.matcher(value).matches()
                ? JsonNodeFactory.instance.numberNode(Long.parseLong(value))
                : JsonNodeFactory.instance.textNode(value);
    }

    static @Nullable String value(JsonNode node, String field) {
        return value(node.get(field));
    }

    static @Nullable String value(@Nullable JsonNode value) {
        if (value == null || value.isNull() || value.isMissingNode()) {
            return null;
        }
        return value.isTextual() ? value.textValue() : value.toString();
    }

    static @Nullable Long number(JsonNode node, String field) throws HistoryFormatException {
        String text = value(node, field);
        if (text == null) {
            return null;
        }
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException wrong) {
            throw new HistoryFormatException(field + " is " + text + ", not a whole number");
        }
    }

    static @Nullable Boolean flag(JsonNode node, String field) throws HistoryFormatException {
        JsonNode flag = node.get(field);
        if (flag == null || flag.isNull()) {
            return null;
        }
        if (!flag.isBoolean()) {
            throw new HistoryFormatException(field + " is " + flag + ", not true or false");
        }
        return flag.booleanValue();
    }

    static void putNumber(ObjectNode node, String field, @Nullable Long number) {
        if (number != null) {
            node.put(field, number);
        }
    }
}
