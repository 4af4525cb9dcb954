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
                throw CommandFailure.usage("a transaction is a JSON object");
            }
            return document;
        } catch (JsonProcessingException e) {
            throw CommandFailure.usage("the transaction is not JSON: " + e.getOriginalMessage());
        }
    }

    private static Iterable<JsonNode> array(JsonNode document, String field) {
        JsonNode list = document.path(field);
        if (!list.isMissingNode() && !list.isArray()) {
            throw CommandFailure.usage("\"" + field + "\" must be a list");
        }
        return list;
    }

    private static Compare compare(JsonNode condition) {
        onlyFields(condition, "a compare", "key", "version", "value", "modRevision", "exists");
        if (condition.size() != 2) {
            throw CommandFailure.usage(
                    "a compare has a key and one of version, value, modRevision or exists: " + condition);
        }
        Bytes key = bytes(condition, "key");
        if (condition.has("version")) {
            return new Compare.Version(key, Compare.Relation.EQUAL, number(condition, "version"));
        }
        if (condition.has("modRevision")) {
            return new Compare.ModRevision(key, Compare.Relation.EQUAL, number(condition, "modRevision"));
        }
        if (condition.has("exists")) {
            if (!condition.get("exists").isBoolean()) {
                throw CommandFailure.usage("\"exists\" must be true or false: " + condition);
            }
            return new Compare.Exists(key, condition.get("exists").booleanValue());
        }
        return new Compare.Value(key, Compare.Relation.EQUAL, bytes(condition, "value"));
    }

    private static Guard guard(JsonNode condition) {
        onlyFields(condition, "a condition", "lock", "election", "token", "session");
        if (condition.size() != (condition.has("session") ? 1 : 2)) {
            throw CommandFailure.usage(
                    "a condition is a compare of a key, a lock or election with its token, or a session: " + condition);
        }
        if (condition.has("lock")) {
            return new Guard.LockHeld(string(condition, "lock"), number(condition, "token"));
        }
        if (condition.has("election")) {
            return new Guard.LeadershipHeld(string(condition, "election"), number(condition, "token"));
        }
        return new Guard.SessionAlive(number(condition, "session"));
    }

    private static List<Op> operations(JsonNode document, String branch) {
        List<Op> operations = new ArrayList<>();
        for (JsonNode operation : array(document, branch)) {
            onlyFields(operation, "an operation", "put", "delete", "get");
            if (operation.size() != 1) {
                throw CommandFailure.usage("an operation is one of put, delete or get: " + operation);
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
                    ? PutOptions.DEFAULT.withTtl(Duration.ofMillis(number(put, "ttlMillis")))
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
                get.has("limit") ? Math.toIntExact(Math.clamp(number(get, "limit"), 0, Integer.MAX_VALUE)) : 0);
    }

    private static boolean flag(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw CommandFailure.usage("\"" + field + "\" must be true or false: " + object);
        }
        return value.booleanValue();
    }

    private static void onlyFields(JsonNode object, String what, String... known) {
        Set<String> fields = new TreeSet<>(List.of(known));
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!fields.contains(name)) {
                throw CommandFailure.usage("unknown field \"" + name + "\" in " + what + "; known: " + fields);
            }
        }
    }

    private static long number(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return value.longValue();
        }
        if (value.isTextual() && value.textValue().matches("\\d{1,19}")) {
            return Long.parseUnsignedLong(value.textValue());
        }
        throw CommandFailure.usage("\"" + field + "\" must be a whole number: " + object);
    }

    private static String string(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (!value.isTextual()) {
            throw CommandFailure.usage("\"" + field + "\" must be text: " + object);
        }
        return value.textValue();
    }

    private static Bytes bytes(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (value.path("base64").isTextual()) {
            try {
                return Bytes.of(Base64.getDecoder().decode(value.path("base64").textValue()));
            } catch (IllegalArgumentException e) {
                throw CommandFailure.usage("\"" + field + "\" is not base64: " + object);
            }
        }
        return Bytes.utf8(string(object, field));
    }
}
