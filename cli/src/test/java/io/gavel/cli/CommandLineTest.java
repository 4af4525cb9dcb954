package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.disk.FileDisk;
import io.gavel.server.storage.ClusterId;
import io.gavel.server.storage.Identity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class CommandLineTest {
    private static final List<String> WITHOUT_EXAMPLE = List.of("gavel version");

    static Stream<List<String>> leaves() {
        List<List<String>> leaves = new ArrayList<>();
        collect(Invocation.tree(), List.of(), leaves);
        return leaves.stream();
    }

    private static void collect(CommandLine command, List<String> path, List<List<String>> leaves) {
        if (command.getSubcommands().isEmpty()) {
            leaves.add(path);
        }
        command.getSubcommands().forEach((name, sub) -> {
            List<String> longer = new ArrayList<>(path);
            longer.add(name);
            collect(sub, longer, leaves);
        });
    }

    private static Invocation run(List<String> path, String... more) {
        List<String> arguments = new ArrayList<>(path);
        arguments.addAll(List.of(more));
        return Invocation.of(arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("leaves")
    void everyCommandShowsItsHelpWithAnExample(List<String> path) {
        Invocation help = run(path, "--help");

        String name = "gavel " + String.join(" ", path);
        assertThat(help.exitCode()).isZero();
        assertThat(help.err()).isEmpty();
        assertThat(help.out()).startsWith("Usage: " + name).doesNotContain("\u001b");
        if (!WITHOUT_EXAMPLE.contains(name)) {
            assertThat(help.out()).containsPattern("Examples?:\\R  (.*\\| |source <\\()?" + name);
        }
    }

    @ParameterizedTest
    @MethodSource("leaves")
    void everyCommandRefusesAnUnknownOptionAsUsage(List<String> path) {
        Invocation refused = run(path, "--no-such-option", "-o", "json");

        assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.out()).isEmpty();
        JsonNode error = onlyError(refused);
        assertThat(error.path("code").asText()).isEqualTo("INVALID_ARGUMENT");
        assertThat(error.path("hint").asText()).isNotEmpty();
    }

    @Test
    void onlyTheBranchesThatTheArgumentsNameAreRead() {
        assertThat(Main.commandLine(List.of("kv", "get", "lock")).getSubcommands())
                .containsOnlyKeys("kv", "lock");
        assertThat(Main.commandLine(List.of("kw", "get")).getSubcommands())
                .containsOnlyKeys(Invocation.tree().getSubcommands().keySet());
    }

    @Test
    void everyGroupNamesItsVerbsWhenNoneIsGiven() {
        Invocation.tree().getSubcommands().forEach((name, command) -> {
            if (!command.getSubcommands().isEmpty()) {
                Invocation refused = Invocation.of(name);
                assertThat(refused.exitCode()).as(name).isEqualTo(ExitCode.USAGE);
                assertThat(refused.err()).contains(command.getSubcommands().keySet());
            }
        });
        assertThat(Invocation.of().exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aMistypedVerbOrOptionGetsASuggestion() {
        assertThat(Invocation.of("kv", "gte", "a").err()).contains("did you mean get?");
        assertThat(Invocation.of("stauts").err()).contains("did you mean status?");
        assertThat(Invocation.of("kv", "put", "a", "b", "--if-vresion", "3").err())
                .contains("did you mean --if-version?");
        assertThat(Invocation.of("server", "check-config", "--election-timeuot", "1s")
                        .err())
                .contains("did you mean --election-timeout?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kv get a --rev soon",
                "kv get a --timeout 5",
                "kv get a --timeout 0",
                "kv get a -e nonsense",
                "kv get a -e 127.0.0.1:99999",
                "kv get a --consistency weak",
                "kv get a -o xml",
                "kv get",
                "kv get a b",
                "kv put a",
                "kv put a b --file /dev/null",
                "kv put a --file /no/such/file",
                "kv put a --file /",
                "kv range a --limit 0",
                "kv txn",
                "kv compact x",
                "lock run",
                "lock run nightly",
                "lock run nightly --shared --permits 2 --capacity 2 -- true",
                "lock run nightly --permits 2 -- true",
                "lock run nightly --shared --lock-delay 1s -- true",
                "lock run nightly --ttl 10ms -- true",
                "lock release nightly",
                "election campaign billing -- true",
                "election resign billing",
                "election transfer billing --to nobody",
                "session show x1",
                "config set a b",
                "config publish a",
                "config rollback a",
                "config diff a",
                "member add x --uuid u --peer p",
                "snapshot verify /no/such/file",
                "snapshot save /no/such/directory/file",
                "snapshot restore /no/such/file --data /tmp --cluster nonsense",
                "server check-config",
                "server check-config --config /no/such/file",
                "server skip-entry",
                "server skip-entry five --hash e3b0c442 --data /tmp",
                "server skip-entry 5 --hash e3b0c442 --data /tmp",
                "server skip-entry 0 --hash e3b0c442 --data /tmp",
                "dev --nodes 0",
                "dev --base-port 70000",
                "demo --nodes 2",
                "bench dig",
                "bench lock --unary",
                "bench put --clients 0"
            })
    void wrongInputIsUsageAndOneJsonObjectAndChangesNothing(String line) {
        Invocation refused = run(List.of(("-o json " + line)
                .replace("-o json kv get a -o xml", "kv get a -o xml -o json")
                .split(" ")));

        assertThat(refused.exitCode()).as(refused.err()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.out()).isEmpty();
        assertThat(onlyError(refused).path("message").asText()).isNotEmpty();
    }

    @Test
    void errorsForPeopleAreLinesThatStartWithTheProgramsName() {
        Invocation refused = Invocation.of("server", "check-config", "--id", "x", "--segment-size", "1B");

        assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err().lines().filter(line -> line.startsWith("gavel: ")))
                .hasSizeGreaterThanOrEqualTo(2);
        assertThat(refused.err()).doesNotContain("Exception").doesNotContain("\tat ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kv get a --rev -1",
                "kv put a b --if-version -1",
                "kv put a b --if-mod-revision -1",
                "kv delete a --if-version -1",
                "kv watch a --from -1",
                "config rollback a --to 0",
                "config rollback a --to -1",
                "config rollback a --to 1 --if-version -1",
                "config set a b c --if-version -1"
            })
    void aConditionThatCannotHoldIsRefusedAndNotLeftOut(String line) {
        Invocation refused = run(List.of(("-o json " + line).split(" ")));

        assertThat(refused.exitCode()).as(refused.err()).isEqualTo(ExitCode.USAGE);
        assertThat(onlyError(refused).path("limit").asText()).startsWith("at least ");
    }

    /// As they were typed, whoever found them wrong: the parser, the command, or the SDK, which has other names.
    @ParameterizedTest
    @CsvFileSource(resources = "/wrong-input.csv", delimiter = '|', quoteCharacter = '\'')
    void wrongInputIsNamedWithItsLimitAndItsValue(String line, String field, String limit, @Nullable String value) {
        JsonNode error = onlyError(run(List.of(("-o json " + line).split(" "))));

        assertThat(error.path("code").asText()).isEqualTo("INVALID_ARGUMENT");
        assertThat(error.path("outcome").asText()).isEqualTo("NOT_APPLIED");
        assertThat(error.path("field").asText()).isEqualTo(field);
        assertThat(error.path("limit").asText()).isEqualTo(limit);
        assertThat(error.path("value").textValue()).isEqualTo(value);
        assertThat(error.path("message").asText()).contains(field);
    }

    @Test
    void aRefusedSettingIsNamedWithItsLimitAndTheWrongPartOfItsValue() throws IOException {
        JsonNode error = onlyError(Invocation.of(
                "server",
                "check-config",
                "-o",
                "json",
                "--id",
                "1",
                "--data",
                "d",
                "--cluster",
                "1=127.0.0.1:7401/127.0.0.1:7400,2=127.0.0.1"));

        assertThat(error.path("field").asText()).isEqualTo("cluster");
        assertThat(error.path("limit").asText()).isEqualTo("expected ID=PEER_HOST:PORT/CLIENT_HOST:PORT");
        assertThat(error.path("value").asText()).isEqualTo("2=127.0.0.1");
        assertThat(error.path("message").asText()).doesNotContain("7400");
    }

    @Test
    void checkConfigPrintsEverySettingWithItsOrigin(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("gavel.yaml");
        Files.writeString(file, "election-timeout: 2s\nheartbeat-interval: 50ms\n");
        Invocation checked = Invocation.of(
                "server",
                "check-config",
                "--config",
                file.toString(),
                "--id",
                "1",
                "--data",
                directory.toString(),
                "--cluster",
                "1=127.0.0.1:7401/127.0.0.1:7400",
                "--heartbeat-interval",
                "20ms");

        assertThat(checked.exitCode()).as(checked.err()).isZero();
        assertThat(checked.out())
                .contains("election-timeout\t2s\tfile " + file)
                .contains("heartbeat-interval\t20ms\tflag --heartbeat-interval")
                .contains("clock-interval\t250ms\tdefault")
                .contains("listen\t127.0.0.1:7400\tcluster");
    }

    @Test
    void anEntryIsSkippedOnlyInTheDirectoryOfAStoppedMember(@TempDir Path directory) throws IOException {
        String hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        String other = hash.replace('e', 'f');
        Path data = directory.resolve("member");
        List<String> skip = List.of("server", "skip-entry", "7", "--data", data.toString(), "--hash");

        Invocation absent = run(skip, hash);
        assertThat(absent.exitCode()).isEqualTo(ExitCode.CONFLICT);
        assertThat(absent.err()).contains("has no file identity");
        assertThat(data).doesNotExist();
        Files.createDirectories(data);
        assertThat(run(skip, hash).exitCode()).as("nobody's directory").isEqualTo(ExitCode.CONFLICT);
        assertThat(data).isEmptyDirectory();
        try (FileDisk disk = FileDisk.open(data)) {
            new Identity(new ClusterId(1, 2), new NodeId(3), new MemberUuid(4, 5), 6).write(disk);
            Invocation running = run(skip, hash);
            assertThat(running.exitCode()).isEqualTo(ExitCode.CONFLICT);
            assertThat(running.err()).contains("in use");
        }

        assertThat(run(skip, hash).out()).contains("3\t7\t" + hash);
        assertThat(run(skip, hash).exitCode()).as("the same again").isZero();
        Invocation conflicting = run(skip, other);
        assertThat(conflicting.exitCode()).isEqualTo(ExitCode.CONFLICT);
        assertThat(conflicting.err()).contains("index 7").contains(hash).contains(other);
    }

    @Test
    void theCompletionScriptIsBash() throws IOException, InterruptedException {
        Invocation printed = Invocation.of("completion");
        Process bash = new ProcessBuilder("bash", "-c", "source /dev/stdin && complete -p gavel")
                .redirectErrorStream(true)
                .start();
        bash.getOutputStream().write(printed.out().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        bash.getOutputStream().close();

        String said = new String(bash.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(bash.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(said).contains("gavel");
        assertThat(bash.exitValue()).isZero();
        assertThat(printed.out()).contains("--election-timeout");
    }

    @Test
    void aTakenPortIsAnErrorOfDev() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Invocation refused =
                    Invocation.of("dev", "--nodes", "1", "--base-port", Integer.toString(taken.getLocalPort()));

            assertThat(refused.exitCode()).isEqualTo(ExitCode.FAILED);
            assertThat(refused.err()).contains(Integer.toString(taken.getLocalPort()));
        }
    }

    static JsonNode onlyError(Invocation invocation) {
        List<String> lines = invocation.err().lines().toList();
        assertThat(lines).as(invocation.err()).hasSize(1);
        try {
            JsonNode error = new JsonMapper().readTree(lines.getFirst());
            assertThat(error.properties().stream().map(java.util.Map.Entry::getKey))
                    .containsExactly("code", "message", "outcome", "field", "limit", "value", "hint");
            return error;
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + invocation.err(), e);
        }
    }
}
