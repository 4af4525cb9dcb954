package io.gavel.faults.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Name and arguments of an operation as JSON.
final class CallJson {
    private CallJson() {}

    static String name(Call call) {
        return switch (call) {
            case Call.Put _ -> "put";
            case Call.Get _ -> "get";
            case Call.CompareAndSet _ -> "cas";
            case Call.Delete _ -> "delete";
            case Call.Transaction _ -> "txn";
            case Call.Lock _ -> "lock";
            case Call.Renew _ -> "renew";
            case Call.Unlock _ -> "unlock";
            case Call.Watch _ -> "watch";
        };
    }

    static ObjectNode encode(Call call) {
        ObjectNode args = JsonNodeFactory.instance.objectNode();
        switch (call) {
            case Call.Put put -> JsonValues.put(args, "value", put.value());
            case Call.Get get -> {
                if (get.serializable()) {
                    args.put("serializable", true);
                }
            }
            case Call.CompareAndSet cas -> {
                if (cas.comparesValue()) {
                    JsonValues.put(args, "expect", cas.expect());
                }
                JsonValues.putNumber(args, "expectVersion", cas.expectVersion());
                JsonValues.put(args, "value", cas.value());
            }
            case Call.Delete _ -> {}
            case Call.Transaction txn -> {
                txn.conditions().forEach(condition -> encode(condition, args.withArray("compare")));
                txn.then().forEach(step -> encode(step, args.withArray("then")));
                txn.otherwise().forEach(step -> encode(step, args.withArray("else")));
            }
            case Call.Lock lock -> JsonValues.putNumber(args, "leaseMs", lock.leaseMillis());
            case Call.Renew renew -> args.put("token", renew.token()).put("leaseMs", renew.leaseMillis());
            case Call.Unlock unlock -> args.put("token", unlock.token());
            case Call.Watch watch -> {
                JsonValues.putNumber(args, "from", watch.from());
                if (watch.prefix()) {
                    args.put("prefix", true);
                }
            }
        }
        return args;
    }

    private static void encode(Call.Condition condition, ArrayNode conditions) {
        ObjectNode node = conditions.addObject().put("key", condition.key());
        if (condition.comparesVersion()) {
            JsonValues.putNumber(node, "version", condition.version());
        } else {
            JsonValues.put(node, "value", condition.value());
        }
    }

    private static void encode(Call.Step step, ArrayNode steps) {
        ObjectNode node = steps.addObject().put("op", step.kind().name().toLowerCase(Locale.ROOT));
        node.put("key", step.key());
        if (step.kind() == Call.Kind.PUT) {
            JsonValues.put(node, "value", step.value());
        }
    }

    static Call decode(String name, JsonNode line, JsonNode args) throws HistoryFormatException {
        if (name.equals("txn")) {
            return new Call.Transaction(conditions(args), steps(args, "then"), steps(args, "else"));
        }
        String key = OperationJson.text(line, "key");
        return switch (name) {
            case "put" -> new Call.Put(key, value(args));
            case "get" -> new Call.Get(key, Boolean.TRUE.equals(JsonValues.flag(args, "serializable")));
            case "cas" ->
                new Call.CompareAndSet(
                        key,
                        args.has("expect"),
                        JsonValues.value(args, "expect"),
                        JsonValues.number(args, "expectVersion"),
                        value(args));
            case "delete" -> new Call.Delete(key);
            case "lock" -> new Call.Lock(key, JsonValues.number(args, "leaseMs"));
            case "renew" ->
                new Call.Renew(key, OperationJson.needed(args, "token"), OperationJson.needed(args, "leaseMs"));
            case "unlock" -> new Call.Unlock(key, OperationJson.needed(args, "token"));
            case "watch" -> new Call.Watch(key, args.path("prefix").asBoolean(), JsonValues.number(args, "from"));
            default -> throw new HistoryFormatException("op is '" + name + "', which the format does not know");
        };
    }

    private static String value(JsonNode node) throws HistoryFormatException {
        String value = JsonValues.value(node, "value");
        if (value == null) {
            throw new HistoryFormatException("value is missing");
        }
        return value;
    }

    private static List<Call.Condition> conditions(JsonNode args) throws HistoryFormatException {
        var conditions = new ArrayList<Call.Condition>();
        for (JsonNode node : args.path("compare")) {
            conditions.add(new Call.Condition(
                    OperationJson.text(node, "key"),
                    JsonValues.value(node, "value"),
                    JsonValues.number(node, "version")));
        }
        return conditions;
    }

    private static List<Call.Step> steps(JsonNode args, String branch) throws HistoryFormatException {
        var steps = new ArrayList<Call.Step>();
        for (JsonNode node : args.path(branch)) {
            String key = OperationJson.text(node, "key");
            String op = OperationJson.text(node, "op");
            steps.add(
                    switch (op) {
                        case "put" -> new Call.Step(Call.Kind.PUT, key, value(node));
                        case "get" -> new Call.Step(Call.Kind.GET, key, null);
                        case "delete" -> new Call.Step(Call.Kind.DELETE, key, null);
                        default -> throw new HistoryFormatException("a step's op is '" + op + "'");
                    });
        }
        return steps;
    }
}
