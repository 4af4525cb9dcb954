package io.gavel.faults.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The result of an operation as JSON.
final class AnswerJson {
    private AnswerJson() {}

    static ObjectNode encode(Answer answer) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        switch (answer) {
            case Answer.Done _ -> {}
            case Answer.Written written -> {
                position(node, written.version(), written.revision());
                if (written.previous() != null) {
                    JsonValues.put(node, "prevValue", written.previous());
                }
            }
            case Answer.Read read -> {
                JsonValues.put(node, "value", read.value());
                position(node, read.version(), read.revision());
            }
            case Answer.Compared compared -> {
                node.put("succeeded", compared.succeeded());
                position(node, compared.version(), compared.revision());
                if (compared.tellsValue()) {
                    JsonValues.put(node, "value", compared.value());
                }
            }
            case Answer.Deleted deleted -> {
                if (deleted.deleted() != null) {
                    node.put("deleted", deleted.deleted());
                }
                position(node, deleted.version(), deleted.revision());
            }
            case Answer.Branch branch -> {
                node.put("succeeded", branch.succeeded());
                position(node, null, branch.revision());
                ArrayNode responses = node.putArray("responses");
                branch.parts().forEach(part -> encode(part, responses));
            }
            case Answer.Granted granted -> {
                node.put("token", granted.token());
                JsonValues.putNumber(node, "queue", granted.queue());
            }
            case Answer.Refused refused -> node.put("held", refused.held());
            case Answer.Released released -> {
                if (released.released() != null) {
                    node.put("released", released.released());
                }
            }
            case Answer.Seen seen -> {
                ArrayNode events = node.putArray("events");
                seen.events().forEach(event -> encode(event, events));
                JsonValues.putNumber(node, "upTo", seen.upTo());
            }
        }
        return node;
    }

    private static void position(ObjectNode node, @Nullable Long version, @Nullable Long revision) {
        JsonValues.putNumber(node, "version", version);
        JsonValues.putNumber(node, "revision", revision);
    }

    private static void encode(Answer.Part part, ArrayNode responses) {
        ObjectNode node = responses.addObject();
        if (part.tellsValue()) {
            JsonValues.put(node, "value", part.value());
        }
        JsonValues.putNumber(node, "version", part.version());
    }

    private static void encode(Answer.WatchEvent event, ArrayNode events) {
        ObjectNode node = events.addObject().put("revision", event.revision());
        node.put("type", event.type().name().toLowerCase(Locale.ROOT));
        if (event.type() == Answer.WatchEvent.Type.SNAPSHOT) {
            ObjectNode entries = node.putObject("entries");
            event.entries().forEach((key, value) -> JsonValues.put(entries, key, value));
        } else {
            JsonValues.put(node.put("key", event.key()), "value", event.value());
        }
    }

    static @Nullable Answer decode(Call call, Status status, JsonNode result) throws HistoryFormatException {
        if (status == Status.FAIL) {
            Boolean held = JsonValues.flag(result, "held");
            return held == null ? null : new Answer.Refused(held);
        }
        Long version = JsonValues.number(result, "version");
        Long revision = JsonValues.number(result, "revision");
        String value = JsonValues.value(result, "value");
        return switch (call) {
            case Call.Put _ -> new Answer.Written(version, JsonValues.value(result, "prevValue"), revision);
            case Call.Get _ -> new Answer.Read(value, version, revision);
            case Call.CompareAndSet _ ->
                new Answer.Compared(flag(result, "succeeded"), version, revision, result.has("value"), value);
            case Call.Delete _ -> new Answer.Deleted(JsonValues.flag(result, "deleted"), version, revision);
            case Call.Transaction _ -> new Answer.Branch(flag(result, "succeeded"), parts(result), revision);
            case Call.Lock _ ->
                new Answer.Granted(OperationJson.needed(result, "token"), JsonValues.number(result, "queue"));
            case Call.Renew _ -> new Answer.Done();
            case Call.Unlock _ -> new Answer.Released(JsonValues.flag(result, "released"));
            case Call.Watch _ -> new Answer.Seen(events(result), JsonValues.number(result, "upTo"));
        };
    }

    private static boolean flag(JsonNode result, String field) throws HistoryFormatException {
        Boolean flag = JsonValues.flag(result, field);
        if (flag == null) {
            throw new HistoryFormatException(field + " is missing");
        }
        return flag;
    }

    private static List<Answer.Part> parts(JsonNode result) throws HistoryFormatException {
        var parts = new ArrayList<Answer.Part>();
        for (JsonNode node : result.path("responses")) {
            parts.add(new Answer.Part(
                    node.has("value"), JsonValues.value(node, "value"), JsonValues.number(node, "version")));
        }
        return parts;
    }

    private static List<Answer.WatchEvent> events(JsonNode result) throws HistoryFormatException {
        var events = new ArrayList<Answer.WatchEvent>();
        for (JsonNode node : result.path("events")) {
            long revision = OperationJson.needed(node, "revision");
            String type = OperationJson.text(node, "type").toUpperCase(Locale.ROOT);
            if (type.equals("SNAPSHOT")) {
                Map<String, String> entries = new TreeMap<>();
                node.path("entries").properties().forEach(entry -> {
                    String value = JsonValues.value(entry.getValue());
                    entries.put(entry.getKey(), value == null ? "" : value);
                });
                events.add(Answer.WatchEvent.snapshot(revision, entries));
            } else {
                events.add(new Answer.WatchEvent(
                        revision,
                        OperationJson.text(node, "key"),
                        Answer.WatchEvent.Type.valueOf(type),
                        JsonValues.value(node, "value"),
                        Map.of()));
            }
        }
        return events;
    }
}
