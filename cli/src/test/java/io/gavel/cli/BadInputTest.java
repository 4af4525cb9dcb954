package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.SharedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Wrong input is refused by name: the field, what is allowed there, and what was found; and nothing changes.
@ExtendWith(SharedCluster.class)
final class BadInputTest {
    private final LocalCluster cluster;

    @TempDir
    private Path directory;

    BadInputTest(LocalCluster cluster) {
        this.cluster = cluster;
    }

    private Invocation run(String... arguments) {
        List<String> all =
                new ArrayList<>(List.of("-e", String.join(",", cluster.endpoints()), "--timeout", "30s", "-o", "json"));
        all.addAll(List.of(arguments));
        return Invocation.of(all.toArray(String[]::new));
    }

    private JsonNode fails(int exitCode, String... arguments) {
        Invocation failed = run(arguments);
        assertThat(failed.exitCode()).as(failed.err() + failed.out()).isEqualTo(exitCode);
        assertThat(failed.out()).isEmpty();
        assertThat(failed.err()).doesNotContain("\tat ");
        return CliSchemas.checked("error", failed.err());
    }

    /// Refused as wrong input, with the three fields, and before anything took effect.
    private void refused(String field, String limit, String value, String... arguments) {
        long before = revision();
        JsonNode error = fails(ExitCode.USAGE, arguments);
        assertThat(error.path("code").asText()).isEqualTo("INVALID_ARGUMENT");
        assertThat(error.path("outcome").asText()).isEqualTo("NOT_APPLIED");
        assertThat(error.path("field").asText()).isEqualTo(field);
        assertThat(error.path("limit").asText()).isEqualTo(limit);
        assertThat(error.path("value").asText()).isEqualTo(value);
        assertThat(revision()).isEqualTo(before);
    }

    private long revision() {
        return CliSchemas.checked("kv-count", run("kv", "count", "bad/").out())
                .path("revision")
                .asLong();
    }

    private String file(String name, int bytes) throws IOException {
        return Files.writeString(directory.resolve(name), "x".repeat(bytes)).toString();
    }

    private String txn(String content) throws IOException {
        return Files.writeString(directory.resolve("txn.json"), content).toString();
    }

    @Test
    void keysValuesAndRequestsHaveLimits() throws IOException {
        refused("key", "1 to 1,024 bytes", "1025 bytes", "kv", "put", "k".repeat(1_025), "v");
        refused("key", "1 to 1,024 bytes", "0 bytes", "kv", "put", "", "v");
        refused(
                "value",
                "at most 1,048,576 bytes",
                "1048577 bytes",
                "kv",
                "put",
                "bad/a",
                "--file",
                file("value", (1 << 20) + 1));
        String large = file("large", (4 << 20) + 1);
        refused("--file", "at most 4194304 bytes", "more", "kv", "put", "bad/a", "--file", large);

        String puts = IntStream.range(0, 129)
                .mapToObj(i -> "{\"put\":{\"key\":\"bad/" + i + "\",\"value\":\"\"}}")
                .collect(Collectors.joining(","));
        refused(
                "txn",
                "at most 128 compares, guards and operations",
                "129",
                "kv",
                "txn",
                "--file",
                txn("{\"then\":[" + puts + "]}"));
        String megabytes = IntStream.range(0, 3)
                .mapToObj(i -> "{\"put\":{\"key\":\"bad/" + i + "\",\"value\":\"" + "x".repeat(800_000) + "\"}}")
                .collect(Collectors.joining(","));
        JsonNode tooLarge = fails(ExitCode.USAGE, "kv", "txn", "--file", txn("{\"then\":[" + megabytes + "]}"));
        assertThat(tooLarge.path("field").asText()).isEqualTo("request");
        assertThat(tooLarge.path("limit").asText()).contains("2097152");
    }

    @Test
    void timesAndNumbersHaveRanges() {
        refused("--ttl", "1s to 365d", "0s", "kv", "put", "bad/a", "v", "--ttl", "0s");
        refused("--ttl", "1s to 365d", "99999h", "kv", "put", "bad/a", "v", "--ttl", "99999h");
        refused("--rev", "at least 0", "-1", "kv", "get", "bad/a", "--rev", "-1");
        refused("--limit", "at least 1", "0", "kv", "range", "bad/", "--limit", "0");
        JsonNode future = fails(ExitCode.USAGE, "kv", "get", "bad/a", "--rev", "9000000000000");
        assertThat(future.path("message").asText()).contains("in the future");
        assertThat(future.path("field").asText()).isEqualTo("--rev");
        refused("--ttl", "1 s to 24 h", "100ms", "lock", "run", "bad", "--ttl", "100ms", "--", "true");
        refused(
                "--permits",
                "at least 1",
                "0",
                "lock",
                "run",
                "bad",
                "--permits",
                "0",
                "--capacity",
                "2",
                "--",
                "true");
        fails(ExitCode.USAGE, "lock", "run", "bad", "--permits", "3", "--capacity", "2", "--", "true");
    }

    /// What only a member knows it refuses by its own name for it; who typed an option is told of that option.
    @Test
    void whatAMemberRefusesIsNamedAsItWasTyped() throws IOException {
        refused("--lock-delay", "0 to 3600000 ms", "2h", "lock", "run", "bad", "--lock-delay", "2h", "--", "true");
        refused(
                "--capacity",
                "0 to 1000000",
                "2000000",
                "lock",
                "run",
                "bad",
                "--permits",
                "1",
                "--capacity",
                "2000000",
                "--",
                "true");
        refused("--author", "0 to 256 bytes", "257", "config", "set", "bad", "k", "v", "--author", "a".repeat(257));
        refused("--message", "0 to 4096 bytes", "4097", "config", "set", "bad", "k", "v", "-m", "a".repeat(4_097));
        String uuid = "0".repeat(31);
        refused("--uuid", "32 hexadecimal digits", uuid, "member", "add", "9", "--uuid", uuid, "--peer", "h:1");
        refused("--peer", "HOST:PORT", "h", "member", "add", "9", "--uuid", uuid + "1", "--peer", "h");
        JsonNode inAFile = fails(
                ExitCode.USAGE, "kv", "txn", "--file", txn("{\"then\":[{\"put\":{\"key\":\"\",\"value\":\"v\"}}]}"));
        assertThat(inAFile.path("field").asText()).as("no option says it").isEqualTo("key");
    }

    @Test
    void namesAreChecked() {
        refused("name", "1 to 256 bytes", "257 bytes", "lock", "run", "n".repeat(257), "--", "true");
        refused("name", "1 to 256 bytes", "0 bytes", "election", "show", "");
        JsonNode namespace = fails(ExitCode.USAGE, "config", "set", "bad name!", "a", "b");
        assertThat(namespace.path("field").asText()).isEqualTo("namespace");
        assertThat(namespace.path("value").asText()).contains("bad name!");
        fails(ExitCode.NOT_FOUND, "config", "get", "bad/unknown");
        fails(ExitCode.NOT_FOUND, "session", "show", "999");
        fails(ExitCode.USAGE, "session", "show", "abc");
    }

    @Test
    void aStaleTokenIsRefusedWithWhatHolds() throws IOException {
        String guarded = txn("{\"if\":[{\"lock\":\"bad/lock\",\"token\":1}],"
                + "\"then\":[{\"put\":{\"key\":\"bad/guarded\",\"value\":\"x\"}}]}");
        long before = revision();

        JsonNode stale = fails(ExitCode.CONFLICT, "kv", "txn", "--file", guarded);

        assertThat(stale.path("message").asText()).contains("bad/lock").contains("token 1");
        assertThat(stale.path("outcome").asText()).isEqualTo("NOT_APPLIED");
        assertThat(revision()).isEqualTo(before);
    }

    @Test
    void aSchemaThatCannotBeUsedIsNamed() throws IOException {
        Path schema = Files.writeString(directory.resolve("schema.json"), "{\"type\":\"objekt\"}");

        JsonNode error = fails(ExitCode.USAGE, "config", "schema", "bad/ns", "--file", schema.toString());

        assertThat(error.path("message").asText()).contains("type \"objekt\" is not one of");
    }

    @Test
    void aProgramThatDoesNotExistIsNamedAsTheSystemDoes() {
        JsonNode error = fails(ExitCode.NOT_STARTED, "lock", "run", "bad/program", "--", "/does/not/exist");

        assertThat(error.path("message").asText())
                .isEqualTo("cannot run \"/does/not/exist\": No such file or directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"notahost", "127.0.0.1:99999", ":1"})
    void endpointsAreHostAndPort(String endpoint) {
        Invocation failed = Invocation.of("-e", endpoint, "-o", "json", "kv", "get", "a");

        assertThat(failed.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(CliSchemas.checked("error", failed.err()).path("field").asText())
                .isEqualTo("--endpoints");
    }
}
