package io.gavel.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gavel.cli.CommandFailure;
import io.gavel.client.Bytes;
import io.gavel.client.kv.Compare;
import io.gavel.client.kv.DeleteOptions;
import io.gavel.client.kv.Guard;
import io.gavel.client.kv.Op;
import io.gavel.client.kv.PutOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The transaction that a JSON file describes; anything unknown in it is refused, nothing is guessed.
record TxnFile(List<Compare> compares, List<Guard> guards, List<Op> then, List<Op> otherwise) {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final long MAX_TTL_MILLIS = Duration.ofDays(365).toMillis();
    private static final int MAX_ENTRIES = 10_000;
    private static final int MAX_SHOWN_CHARS = 100;

    /// Reads `{"if":[…],"then":[…],"else":[…]}`.
    ///
    /// @throws CommandFailure naming what is wrong
    static TxnFile parse(String text) {
        JsonNode document = read(text);
        onlyFields(document, "the transaction", "if", "then", "else");
        List<Compare> compares = new ArrayList<>();
        List<Guard> guards = new ArrayList<>();
        for (JsonNode condition : array(document, "if")) {
            if (condition.has("key")) {
                compares.add(compare(condition));
            } else {
                guards.add(guard(condition));
            }
        }
        return new TxnFile(
                List.copyOf(compares), List.copyOf(guards), operations(document, "then"), operations(document, "else"));
    }

    private static JsonNode read(String text) {
        try {
            JsonNode document = MAPPER.readTree(text);
            if (!document.isObject()) {
                throw wrong("transaction", "a JSON object", document);
            }
            return document;
        } catch (JsonProcessingException e) {
            throw CommandFailure.usage(
                    "transaction", "JSON", "", "the transaction is not JSON: " + e.getOriginalMessage());
        }
    }

    private static Iterable<JsonNode> array(JsonNode document, String field) {
        JsonNode list = document.path(field);
        if (!list.isMissingNode() && !list.isArray()) {
            throw wrong(field, "a list", list);
        }
        return list;
    }

    private static Compare compare(JsonNode condition) {
        onlyFields(condition, "a compare", "key", "version", "value", "modRevision", "exists");
        if (condition.size() != 2) {
            throw wrong("if", "a key and one of version, value, modRevision or exists", condition);
        }
        Bytes key = bytes(condition, "key");
        if (condition.has("version")) {
            return new Compare.Version(key, Compare.Relation.EQUAL, number(condition, "version"));
        }
        if (condition.has("modRevision")) {
            return new Compare.ModRevision(key, Compare.Relation.EQUAL, number(condition, "modRevision"));
        }
        if (condition.has("exists")) {
            return new Compare.Exists(key, flag(condition, "exists"));
        }
        return new Compare.Value(key, Compare.Relation.EQUAL, bytes(condition, "value"));
    }

    private static Guard guard(JsonNode condition) {
        onlyFields(condition, "a condition", "lock", "election", "token", "session");
        if (condition.size() != (condition.has("session") ? 1 : 2)) {
            throw wrong("if", "a compare of a key, a lock or election with its token, or a session", condition);
        }
        if (condition.has("lock")) {
            return new Guard.LockHeld(string(condition, "lock"), number(condition, "token"));
        }
        if (condition.has("election")) {
            return new Guard.LeadershipHeld(string(condition, "election"), number(condition, "token"));
        }
        return new Guard.SessionAlive(
                Arguments.session("session", condition.path("session").asText()));
    }

    private static List<Op> operations(JsonNode document, String branch) {
        List<Op> operations = new ArrayList<>();
        for (JsonNode operation : array(document, branch)) {
            onlyFields(operation, "an operation", "put", "delete", "get");
            if (operation.size() != 1) {
                throw wrong(branch, "operations, each one of put, delete or get", operation);
            }
            operations.add(operation(operation));
        }
        return List.copyOf(operations);
    }

    private static Op operation(JsonNode operation) {
        if (operation.has("put")) {
            JsonNode put = operation.get("put");
            onlyFields(put, "put", "key", "value", "ttlMillis");
            PutOptions options = put.has("ttlMillis")
                    ? PutOptions.DEFAULT.withTtl(Duration.ofMillis(
                            Arguments.between("ttlMillis", 1_000, MAX_TTL_MILLIS, number(put, "ttlMillis"))))
                    : PutOptions.DEFAULT;
            return new Op.Put(bytes(put, "key"), bytes(put, "value"), options);
        }
        if (operation.has("delete")) {
            JsonNode delete = operation.get("delete");
            onlyFields(delete, "delete", "key", "prefix");
            return new Op.Delete(
                    bytes(delete, "key"),
                    flag(delete, "prefix") ? DeleteOptions.DEFAULT.withPrefix() : DeleteOptions.DEFAULT);
        }
        JsonNode get = operation.get("get");
        onlyFields(get, "get", "key", "prefix", "limit");
        return new Op.Get(
                bytes(get, "key"),
                flag(get, "prefix"),
                get.has("limit") ? (int) Arguments.between("limit", 1, MAX_ENTRIES, number(get, "limit")) : 0);
    }

    private static boolean flag(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw wrong(field, "true or false", value);
        }
        return value.booleanValue();
    }

    private static void onlyFields(JsonNode object, String what, String... known) {
        Set<String> fields = new TreeSet<>(List.of(known));
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!fields.contains(name)) {
                throw CommandFailure.usage(
                        name,
                        "one of " + String.join(", ", fields),
                        shown(object.path(name)),
                        "unknown field \"" + name + "\" in " + what + "; known: " + fields);
            }
        }
    }

    private static long number(JsonNode object, String field) {
        JsonNode value = object.path(field);
        long number = -1;
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            number = value.longValue();
        } else if (value.isTextual() && value.textValue().matches("\\d{1,19}")) {
            number = Long.parseUnsignedLong(value.textValue());
        }
        if (number < 0) {
            throw wrong(field, "a whole number of at least 0", value);
        }
        return number;
    }

    private static String string(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (!value.isTextual()) {
            throw wrong(field, "text", value);
        }
        return value.textValue();
    }

    private static CommandFailure wrong(String field, String limit, JsonNode found) {
        return CommandFailure.invalid(field, limit, shown(found));
    }

    /// A part of the file may be megabytes.
    private static String shown(JsonNode found) {
        if (found.isMissingNode()) {
            return "absent";
        }
        String text = found.toString();
        return text.length() <= MAX_SHOWN_CHARS ? text : text.substring(0, MAX_SHOWN_CHARS) + "…";
    }

    private static Bytes bytes(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (value.path("base64").isTextual()) {
            try {
                return Bytes.of(Base64.getDecoder().decode(value.path("base64").textValue()));
            } catch (IllegalArgumentException e) {
                throw wrong(field, "base64", value.path("base64"));
            }
        }
        return Bytes.utf8(string(object, field));
    }
}
