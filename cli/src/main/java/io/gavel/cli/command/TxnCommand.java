package io.gavel.cli.command;

import io.gavel.cli.ClientCommand;
import io.gavel.cli.ExitCode;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Output;
import io.gavel.cli.output.Table;
import io.gavel.client.GavelClient;
import io.gavel.client.kv.Compare;
import io.gavel.client.kv.Guard;
import io.gavel.client.kv.Op;
import io.gavel.client.kv.OpResult;
import io.gavel.client.kv.Txn;
import io.gavel.client.kv.TxnResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    @Option(names = "--file", required = true, paramLabel = "F", description = "The transaction; - = standard input.")
    private Path file = Path.of("-");

    @Override
    protected int run(GavelClient client, Output out) throws IOException {
        TxnFile transaction = TxnFile.parse(Input.text("--file", file));
        Txn txn = client.kv().txn();
        txn.when(transaction.compares().toArray(Compare[]::new));
        txn.when(transaction.guards().toArray(Guard[]::new));
        txn.then(transaction.then().toArray(Op[]::new));
        txn.otherwise(transaction.otherwise().toArray(Op[]::new));
        TxnResult result = txn.commit();
        print(out, result);
        return ExitCode.OK;
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
