package io.gavel.faults.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One operation as one JSON object of the history format.
final class OperationJson {
    private OperationJson() {}

    static ObjectNode encode(Operation operation) {
        Call call = operation.call();
        ObjectNode line = JsonNodeFactory.instance.objectNode().put("process", operation.process());
        line.put("op", CallJson.name(call));
        if (!(call instanceof Call.Transaction)) {
            line.put("key", call.key());
        }
        ObjectNode args = CallJson.encode(call);
        Stamp stamp = operation.stamp();
        if (stamp.fence() != null) {
            args.put("fence", stamp.fence());
        }
        if (stamp.requestId() != null) {
            args.put("requestId", stamp.requestId());
        }
        line.set("args", args);
        Answer answer = operation.answer();
        if (answer != null) {
            line.set("result", AnswerJson.encode(answer));
        }
        line.put("status", operation.status().name().toLowerCase(Locale.ROOT));
        return line.put("call", operation.invoked()).put("return", operation.returned());
    }

    static Operation decode(JsonNode line) throws HistoryFormatException {
        JsonNode args = line.path("args");
        Call call = CallJson.decode(text(line, "op"), line, args);
        Status status = status(text(line, "status"));
        JsonNode result = line.path("result");
        Answer answer = status == Status.INFO ? null : AnswerJson.decode(call, status, result);
        var stamp = new Stamp(JsonValues.number(args, "fence"), JsonValues.value(args, "requestId"));
        long invoked = needed(line, "call");
        long returned =
                status == Status.INFO ? Math.max(invoked, line.path("return").asLong()) : needed(line, "return");
        if (returned < invoked) {
            throw new HistoryFormatException("return " + returned + " is before call " + invoked);
        }
        return new Operation((int) needed(line, "process"), call, stamp, status, answer, invoked, returned);
    }

    private static Status status(String text) throws HistoryFormatException {
        return switch (text) {
            case "ok" -> Status.OK;
            case "fail" -> Status.FAIL;
            case "info" -> Status.INFO;
            default -> throw new HistoryFormatException("status is '" + text + "', not ok, fail or info");
        };
    }

    static String text(JsonNode node, String field) throws HistoryFormatException {
        @Nullable String text = node.path(field).textValue();
        if (text == null) {
            throw new HistoryFormatException(field + " is missing or no text");
        }
        return text;
    }

    static long needed(JsonNode node, String field) throws HistoryFormatException {
        Long number = JsonValues.number(node, field);
        if (number == null) {
            throw new HistoryFormatException(field + " is missing");
        }
        return number;
    }
}
