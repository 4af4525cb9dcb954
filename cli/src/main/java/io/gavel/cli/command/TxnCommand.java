package io.gavel.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gavel.cli.ClientCommand;
import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Output;
import io.gavel.cli.output.Table;
import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.kv.Compare;
import io.gavel.client.kv.DeleteOptions;
import io.gavel.client.kv.Guard;
import io.gavel.client.kv.Op;
import io.gavel.client.kv.OpResult;
import io.gavel.client.kv.PutOptions;
import io.gavel.client.kv.Txn;
import io.gavel.client.kv.TxnResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `gavel kv txn`.
@Command(
        name = "txn",
        description = "Run a transaction from a JSON file.",
        footer = {
            "",
            "The file: {\"if\":[…],\"then\":[…],\"else\":[…]}",
            "  if    {\"key\":\"k\",\"version\":3}, also \"value\", \"modRevision\" or \"exists\";"
                    + " {\"lock\":\"orders\",\"token\":7}",
            "  then, else  {\"put\":{\"key\":\"k\",\"value\":\"v\"}}, {\"delete\":{\"key\":\"k\"}},"
                    + " {\"get\":{\"key\":\"k\"}}",
            "",
            "Examples:",
            "  gavel kv txn --file transfer.json",
            "  echo '{\"then\":[{\"put\":{\"key\":\"a\",\"value\":\"1\"}}]}' | gavel kv txn --file -"
        })
public final class TxnCommand extends ClientCommand {
    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    @Option(names = "--file", required = true, paramLabel = "F", description = "The transaction; - = standard input.")
    private Path file = Path.of("-");

    @Override
    protected int run(GavelClient client, Output out) throws IOException {
        JsonNode document = parse(Input.text(file));
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
        Txn txn = client.kv().txn();
        txn.when(compares.toArray(Compare[]::new));
        txn.when(guards.toArray(Guard[]::new));
        txn.then(operations(document, "then"));
        txn.otherwise(operations(document, "else"));
        TxnResult result = txn.commit();
        print(out, result);
        return ExitCode.OK;
    }

    private static JsonNode parse(String text) {
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
        if (condition.has("lock")) {
            return new Guard.LockHeld(string(condition, "lock"), number(condition, "token"));
        }
        if (condition.has("election")) {
            return new Guard.LeadershipHeld(string(condition, "election"), number(condition, "token"));
        }
        if (condition.has("session")) {
            return new Guard.SessionAlive(number(condition, "session"));
        }
        throw CommandFailure.usage("a condition names a key, lock, election or session: " + condition);
    }

    private static Op[] operations(JsonNode document, String branch) {
        List<Op> operations = new ArrayList<>();
        for (JsonNode operation : array(document, branch)) {
            onlyFields(operation, "an operation", "put", "delete", "get");
            if (operation.size() != 1) {
                throw CommandFailure.usage("an operation is one of put, delete or get: " + operation);
            }
            operations.add(operation(operation));
        }
        return operations.toArray(Op[]::new);
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
            boolean prefix = delete.path("prefix").asBoolean(false);
            return new Op.Delete(
                    bytes(delete, "key"), prefix ? DeleteOptions.DEFAULT.withPrefix() : DeleteOptions.DEFAULT);
        }
        JsonNode get = operation.get("get");
        onlyFields(get, "get", "key", "prefix", "limit");
        return new Op.Get(
                bytes(get, "key"),
                get.path("prefix").asBoolean(false),
                get.path("limit").asInt(0));
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

    private static void print(Output out, TxnResult result) {
        List<Map<String, @Nullable Object>> results = new ArrayList<>();
        Table table = new Table("SUCCEEDED", "REVISION", "OPERATION", "RESULT");
        for (OpResult operation : result.results()) {
            Map<String, @Nullable Object> json = switch (operation) {
                case OpResult.Put put ->
                    Json.object("put", Json.object("version", put.result().version()));
                case OpResult.Delete delete ->
                    Json.object("delete", Json.object("deleted", delete.result().deleted()));
                case OpResult.Get get ->
                    Json.object(
                            "get",
                            Json.object(
                                    "entries",
                                    get.entries().stream()
                                            .map(e -> Documents.entry(e, false))
                                            .toList(),
                                    "more",
                                    get.more()));
            };
            results.add(json);
            String name = json.keySet().iterator().next();
            table.row(result.succeeded(), result.revision(), name, Json.write(json.get(name)));
        }
        if (results.isEmpty()) {
            table.row(result.succeeded(), result.revision(), null, null);
        }
        out.document(
                Json.object("revision", result.revision(), "succeeded", result.succeeded(), "results", results), table);
    }
}
