package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.SharedCluster;
import io.gavel.client.GavelClient;
import io.gavel.client.election.Leadership;
import io.gavel.client.lock.LockGrant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Every command against a cluster of real processes: exit codes, and output as its published schema says.
@ExtendWith(SharedCluster.class)
@Timeout(120)
final class ClusterCommandsTest {
    private final LocalCluster cluster;
    private final List<Process> processes = new ArrayList<>();

    @TempDir
    private Path directory;

    private GavelClient client;

    ClusterCommandsTest(LocalCluster cluster) {
        this.cluster = cluster;
        this.client = GavelClient.connect(cluster.endpoints().toArray(String[]::new));
    }

    @BeforeEach
    void nameTheClient() {
        client.close();
        client = GavelClient.builder()
                .endpoints(cluster.endpoints().toArray(String[]::new))
                .clientName("holder")
                .build();
    }

    @AfterEach
    void endProcesses() {
        client.close();
        processes.forEach(Process::destroyForcibly);
    }

    private Invocation run(byte[] input, String... arguments) {
        List<String> all = new ArrayList<>(List.of("-e", String.join(",", cluster.endpoints())));
        all.addAll(List.of(arguments));
        return Invocation.withInput(input, all.toArray(String[]::new));
    }

    private Invocation run(String... arguments) {
        return run(new byte[0], arguments);
    }

    private static String[] json(String... arguments) {
        List<String> all = new ArrayList<>(List.of("-o", "json"));
        all.addAll(List.of(arguments));
        return all.toArray(String[]::new);
    }

    /// Runs the command, which must succeed and print what the schema says.
    private JsonNode ok(String schema, String... arguments) {
        Invocation done = run(json(arguments));
        assertThat(done.exitCode()).as(done.err()).isZero();
        assertThat(done.err()).isEmpty();
        return CliSchemas.checked(schema, done.out());
    }

    /// Runs the command, which must fail with this code and one error.
    private JsonNode fails(int exitCode, String... arguments) {
        Invocation failed = run(json(arguments));
        assertThat(failed.exitCode()).as(failed.err() + failed.out()).isEqualTo(exitCode);
        assertThat(failed.out()).isEmpty();
        return CliSchemas.checked("error", failed.err());
    }

    private Process inProcess(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "-e",
                String.join(",", cluster.endpoints())));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(directory.resolve("out-" + processes.size()).toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            processes.add(process);
            return process;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> printedBy(Process process) {
        try {
            return Files.readAllLines(directory.resolve("out-" + processes.indexOf(process)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertEndsWith(int exitCode, Process process) throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(exitCode);
    }

    private Path file(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, content);
        return file;
    }

    @Test
    void statusShowsEveryMember() {
        await().untilAsserted(() -> {
            JsonNode status = ok("status", "status");
            assertThat(status.path("leader").asInt()).isBetween(1, 3);
            assertThat(status.path("members")).hasSize(3);
            assertThat(status.path("members").findValuesAsText("reachable")).containsOnly("true");
        });
        assertThat(run("status", "-o", "table").out()).contains("ENDPOINT").contains("leader");
        assertThat(run("status").out().lines()).hasSize(3);
    }

    @Test
    void keysAreWrittenReadCountedAndDeleted() {
        long first = ok("kv-put", "kv", "put", "kv/a", "one").path("revision").asLong();
        ok("kv-put", "kv", "put", "kv/a", "two", "--if-version", "1");
        ok("kv-put", "kv", "put", "kv/b", "x", "--ttl", "1h");
        assertThat(run("kv", "get", "kv/a").out()).isEqualTo("two\n");
        JsonNode got = ok("kv-get", "kv", "get", "kv/a");
        assertThat(got.path("value").asText()).isEqualTo("two");
        assertThat(got.path("version").asLong()).isEqualTo(2);
        assertThat(ok("kv-get", "kv", "get", "kv/a", "--rev", Long.toString(first))
                        .path("value")
                        .asText())
                .isEqualTo("one");
        ok("kv-get", "kv", "get", "kv/a", "--consistency", "stale");
        assertThat(ok("kv-get", "kv", "get", "kv/b").path("ttlRemainingMillis").asLong())
                .isPositive();
        assertThat(ok("kv-count", "kv", "count", "kv/").path("count").asInt()).isEqualTo(2);
        JsonNode page = ok("kv-range", "kv", "range", "kv/", "--limit", "1");
        assertThat(page.path("more").asBoolean()).isTrue();
        assertThat(page.path("entries")).hasSize(1);
        assertThat(run("kv", "range", "kv/", "--keys-only").out()).isEqualTo("kv/a\nkv/b\n");
        assertThat(run("kv", "range", "kv/", "-o", "jsonl").out().lines()).hasSize(2);
        assertThat(ok("kv-delete", "kv", "delete", "kv/", "--prefix")
                        .path("deleted")
                        .asInt())
                .isEqualTo(2);

        fails(ExitCode.NOT_FOUND, "kv", "get", "kv/a");
        JsonNode conflict = fails(ExitCode.CONFLICT, "kv", "put", "kv/a", "x", "--if-version", "9");
        assertThat(conflict.path("code").asText()).isEqualTo("CONFLICT");
        assertThat(conflict.path("outcome").asText()).isEqualTo("NOT_APPLIED");
        JsonNode tooLong = fails(ExitCode.USAGE, "kv", "put", "k".repeat(1_025), "x");
        assertThat(tooLong.path("field").asText()).isNotEmpty();
        assertThat(tooLong.path("limit").asText()).isNotEmpty();
    }

    @Test
    void bytesOfStandardInputSurvive() {
        byte[] binary = {0, (byte) 0xff, '\n', (byte) 0xfe, '\n'};
        Invocation put = run(binary, "kv", "put", "binary", "-");
        assertThat(put.exitCode()).as(put.err()).isZero();

        assertThat(ok("kv-get", "kv", "get", "binary")
                        .path("value")
                        .path("base64")
                        .asText())
                .isEqualTo("AP8K/go=");
        assertThat(run("kv", "get", "binary").outBytes())
                .isEqualTo(new byte[] {0, (byte) 0xff, '\n', (byte) 0xfe, '\n', '\n'});
    }

    @Test
    void aTransactionRunsOneOfItsBranches() throws IOException {
        Path txn = file("txn.json", """
                {"if": [{"key": "txn/a", "exists": false}],
                 "then": [{"put": {"key": "txn/a", "value": "1"}}, {"get": {"key": "txn/a"}}],
                 "else": [{"delete": {"key": "txn/a"}}]}
                """);
        assertThat(ok("kv-txn", "kv", "txn", "--file", txn.toString())
                        .path("succeeded")
                        .asBoolean())
                .isTrue();
        JsonNode second = ok("kv-txn", "kv", "txn", "--file", txn.toString());
        assertThat(second.path("succeeded").asBoolean()).isFalse();
        assertThat(second.path("results").path(0).path("delete").path("deleted").asInt())
                .isEqualTo(1);

        Path guarded = file("guarded.json", "{\"if\":[{\"lock\":\"txn\",\"token\":1}],\"then\":[]}");
        fails(ExitCode.CONFLICT, "kv", "txn", "--file", guarded.toString());
        fails(ExitCode.USAGE, "kv", "txn", "--file", file("broken.json", "{").toString());
    }

    @Test
    void whatIsCompactedIsGone() {
        long first =
                ok("kv-put", "kv", "put", "compact/a", "one").path("revision").asLong();
        long second =
                ok("kv-put", "kv", "put", "compact/a", "two").path("revision").asLong();
        ok("kv-compact", "kv", "compact", Long.toString(second));

        JsonNode gone = fails(ExitCode.CONFLICT, "kv", "get", "compact/a", "--rev", Long.toString(first));
        assertThat(gone.path("code").asText()).isEqualTo("COMPACTED");
    }

    @Test
    void streamsPrintLinesUntilTheyAreStopped() throws InterruptedException {
        long from = ok("kv-put", "kv", "put", "watch/a", "one").path("revision").asLong();
        ok("config-release", "config", "set", "watch/ns", "max", "1");
        Process keys = inProcess("kv", "watch", "watch/", "--from", Long.toString(from));
        Process releases = inProcess("config", "watch", "watch/ns");
        Process leaders = inProcess("election", "observe", "watch/leader");
        await().atMost(40, TimeUnit.SECONDS)
                .until(() -> !printedBy(keys).isEmpty()
                        && !printedBy(releases).isEmpty()
                        && !printedBy(leaders).isEmpty());
        ok("kv-delete", "kv", "delete", "watch/a");
        ok("config-release", "config", "set", "watch/ns", "max", "2");
        client.elections().election("watch/leader").campaign("node-1", java.time.Duration.ofSeconds(10));
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> printedBy(keys).getLast().contains("\"delete\"")
                        && printedBy(releases).getLast().contains("\"version\":2")
                        && printedBy(leaders).getLast().contains("node-1"));

        printedBy(keys).forEach(line -> CliSchemas.checked("kv-watch", line));
        printedBy(releases).forEach(line -> CliSchemas.checked("config-watch", line));
        printedBy(leaders).forEach(line -> CliSchemas.checked("election-observe", line));
        for (Process stream : List.of(keys, releases, leaders)) {
            stream.destroy();
            assertEndsWith(ExitCode.OK, stream);
        }
    }

    @Test
    void aProgramRunsUnderALockAndItsExitCodeIsPassedOn() throws IOException {
        Path seen = directory.resolve("seen");
        Invocation done = run(
                "lock",
                "run",
                "nightly",
                "--",
                "sh",
                "-c",
                "echo $GAVEL_LOCK $GAVEL_FENCING_TOKEN > " + seen + "; exit 7");

        assertThat(done.exitCode()).as(done.err()).isEqualTo(7);
        assertThat(Files.readString(seen)).matches("nightly \\d+\\n");
        assertThat(run("lock", "run", "pool", "--permits", "1", "--capacity", "2", "--", "true")
                        .exitCode())
                .isZero();
        assertThat(run("lock", "run", "rw", "--shared", "--wait", "0", "--", "true")
                        .exitCode())
                .isZero();
        fails(ExitCode.NOT_STARTED, "lock", "run", "nightly", "--", "/no/such/program");
    }

    @Test
    void aHeldLockIsShownNotAcquiredAndTakenAwayByForce() throws Exception {
        LockGrant grant = client.locks().lock("held").acquire();

        JsonNode shown = ok("lock-show", "lock", "show", "held");
        assertThat(shown.path("holders").path(0).path("owner").asText()).isEqualTo("holder");
        assertThat(shown.path("holders").path(0).path("token").asLong()).isEqualTo(grant.fencingToken());
        assertThat(ok("lock-ls", "lock", "ls", "he").path("locks")).hasSize(1);
        assertThat(fails(ExitCode.NOT_ACQUIRED, "lock", "run", "held", "--wait", "0", "--", "true")
                        .path("message")
                        .asText())
                .contains("held by holder");
        ok("lock-release", "lock", "release", "held", "--force", "--now");
        fails(ExitCode.NOT_FOUND, "lock", "release", "held", "--force");
        await().until(() -> !grant.isHeld());
    }

    @Test
    void aLostLockEndsTheProgram() throws Exception {
        Path up = directory.resolve("up");
        Process running =
                inProcess("lock", "run", "lost", "--ttl", "2s", "--", "sh", "-c", "touch " + up + "; exec sleep 100");
        await().atMost(40, TimeUnit.SECONDS).until(() -> Files.exists(up));

        ok("lock-release", "lock", "release", "lost", "--force", "--now");

        assertEndsWith(ExitCode.LOST, running);
    }

    @Test
    void electionsAreShownTransferredAndResigned() throws Exception {
        assertThat(run("election", "campaign", "quick", "--proposal", "n", "--", "sh", "-c", "exit 9")
                        .exitCode())
                .isEqualTo(9);
        Leadership leader = client.elections().election("billing").campaign("node-1");
        JsonNode shown = ok("election-show", "election", "show", "billing");
        assertThat(shown.path("leader").path("proposal").asText()).isEqualTo("node-1");
        assertThat(ok("election-ls", "election", "ls", "bil").path("elections")).hasSize(1);
        fails(ExitCode.NOT_ACQUIRED, "election", "campaign", "billing", "--proposal", "n", "--wait", "0", "--", "true");
        fails(ExitCode.NOT_FOUND, "election", "transfer", "billing", "--to", "12345");

        try (GavelClient rival = GavelClient.connect(cluster.endpoints().toArray(String[]::new))) {
            var following = rival.elections().election("billing").campaignAsync("node-2");
            await().until(() -> ok("election-show", "election", "show", "billing")
                            .path("candidates")
                            .asInt()
                    == 1);
            ok("election-resign", "election", "resign", "billing", "--force", "--now");
            assertThat(following.get(20, TimeUnit.SECONDS).proposal()).isEqualTo("node-2");
            await().until(() -> !leader.isHeld());
        }
        await().untilAsserted(() -> fails(ExitCode.NOT_FOUND, "election", "show", "billing"));
        fails(ExitCode.NOT_FOUND, "election", "resign", "billing", "--force");
    }

    @Test
    void configIsReleasedComparedRolledBackAndChecked() throws IOException {
        assertThat(ok("config-release", "config", "set", "shop", "max", "200", "-m", "first", "--author", "ana")
                        .path("version")
                        .asLong())
                .isEqualTo(1);
        Path second = file("second.json", "{\"max\": 300, \"open\": true}");
        ok("config-release", "config", "publish", "shop", "--file", second.toString(), "--if-version", "1");
        assertThat(ok("config-get", "config", "get", "shop")
                        .path("entries")
                        .path("max")
                        .asText())
                .isEqualTo("300");
        assertThat(ok("config-get", "config", "get", "shop", "--version-at", "1")
                        .path("author")
                        .asText())
                .isEqualTo("ana");
        ok("config-get-key", "config", "get", "shop", "open");
        assertThat(run("config", "get", "shop", "max").out()).isEqualTo("300\n");
        assertThat(ok("config-history", "config", "history", "shop").path("releases"))
                .hasSize(2);
        JsonNode diff = ok("config-diff", "config", "diff", "shop", "1", "2");
        assertThat(diff.path("added").path("open").asText()).isEqualTo("true");
        assertThat(diff.path("changed").path("max").path("before").asText()).isEqualTo("200");
        assertThat(ok("config-release", "config", "rollback", "shop", "--to", "1")
                        .path("version")
                        .asLong())
                .isEqualTo(3);
        assertThat(ok("config-ls", "config", "ls", "sh").path("namespaces")).hasSize(1);

        assertThat(ok("config-validate", "config", "validate", "shop", "--file", second.toString())
                        .path("schemaVersion")
                        .isNull())
                .isTrue();
        Path schema = file("schema.json", "{\"properties\":{\"max\":{\"type\":\"integer\",\"maximum\":250}}}");
        ok("config-schema-set", "config", "schema", "shop", "--file", schema.toString());
        ok("config-schema", "config", "schema", "shop");
        Invocation invalid = run(json("config", "validate", "shop", "--file", second.toString()));
        assertThat(invalid.exitCode()).isEqualTo(ExitCode.CHECK_FAILED);
        assertThat(CliSchemas.checked("config-validate", invalid.out())
                        .path("problem")
                        .asText())
                .contains("max");
        fails(ExitCode.USAGE, "config", "publish", "shop", "--file", second.toString());

        fails(ExitCode.CONFLICT, "config", "set", "shop", "max", "1", "--if-version", "1");
        fails(ExitCode.NOT_FOUND, "config", "get", "nowhere");
        fails(ExitCode.NOT_FOUND, "config", "get", "shop", "--version-at", "99");
        fails(ExitCode.NOT_FOUND, "config", "get", "shop", "nothing");
        fails(ExitCode.NOT_FOUND, "config", "history", "nowhere");
        fails(ExitCode.NOT_FOUND, "config", "rollback", "shop", "--to", "99");
    }

    @Test
    void sessionsAreListedShownAndEvicted() throws Exception {
        LockGrant grant = client.locks().lock("session/lock").acquire();
        String id = Long.toUnsignedString(grant.sessionId());

        assertThat(ok("session-ls", "session", "ls").path("sessions").findValuesAsText("id"))
                .contains(id);
        assertThat(ok("session-show", "session", "show", id).path("holds")).hasSize(1);
        ok("session-evict", "session", "evict", id);
        await().until(() -> !grant.isHeld());
        fails(ExitCode.NOT_FOUND, "session", "show", id);
    }

    @Test
    void membersAreListedAndLeadershipMoves() {
        assertThat(ok("member-ls", "member", "ls").path("members")).hasSize(3);
        int leader = ok("status", "status").path("leader").asInt();
        int next = leader % 3 + 1;
        assertThat(ok("member-transfer-leader", "member", "transfer-leader", Integer.toString(next))
                        .path("leader")
                        .asInt())
                .isEqualTo(next);
        await().untilAsserted(() ->
                assertThat(ok("status", "status").path("leader").asInt()).isEqualTo(next));
        JsonNode unknown = fails(ExitCode.NOT_FOUND, "member", "promote", "9");
        assertThat(unknown.path("outcome").asText()).isEqualTo("NOT_APPLIED");
        assertThat(unknown.path("value").asText()).isEqualTo("9");
        fails(ExitCode.NOT_FOUND, "member", "remove", "9");
        fails(ExitCode.NOT_FOUND, "member", "transfer-leader", "9");
        JsonNode taken =
                fails(ExitCode.CONFLICT, "member", "add", "1", "--uuid", "0".repeat(31) + "1", "--peer", "127.0.0.1:1");
        assertThat(taken.path("message").asText()).contains("already has this id");
    }

    @Test
    void aSnapshotIsSavedVerifiedInspectedAndRestored() throws IOException {
        ok("kv-put", "kv", "put", "snapshot/a", "kept");
        Path file = directory.resolve("backup.snapshot");
        assertThat(ok("snapshot-save", "snapshot", "save", file.toString())
                        .path("confirmed")
                        .asBoolean())
                .isTrue();
        JsonNode verified = ok("snapshot-file", "snapshot", "verify", file.toString());
        assertThat(verified.path("bytes").asLong()).isEqualTo(Files.size(file));
        assertThat(ok("snapshot-inspect", "snapshot", "inspect", file.toString())
                        .path("members"))
                .hasSize(3);
        try (var left = Files.list(directory)) {
            assertThat(left.filter(f -> f.toString().endsWith(".partial"))).isEmpty();
        }

        Path data = directory.resolve("restored");
        String members = "1=127.0.0.1:1001/127.0.0.1:1000,2=127.0.0.1:1003/127.0.0.1:1002";
        JsonNode restored = ok(
                "snapshot-restore",
                "snapshot",
                "restore",
                file.toString(),
                "--data",
                data.toString(),
                "--cluster",
                members);
        assertThat(restored.path("revision").asLong())
                .isGreaterThan(verified.path("revision").asLong());
        assertThat(data.resolve("member-2")).isDirectory();
        fails(
                ExitCode.CONFLICT,
                "snapshot",
                "restore",
                file.toString(),
                "--data",
                data.toString(),
                "--cluster",
                members);

        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        fails(ExitCode.CHECK_FAILED, "snapshot", "verify", file.toString());
    }

    @Test
    void nobodyReachableIsItsOwnExitCode() {
        Invocation failed =
                Invocation.of("-e", "127.0.0.1:1", "--timeout", "500ms", "-o", "json", "kv", "put", "a", "b");

        assertThat(failed.exitCode()).as(failed.err()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(CliSchemas.checked("error", failed.err()).path("outcome").asText())
                .isEqualTo("NOT_APPLIED");
    }

    @Test
    void benchMeasuresEveryOperation() {
        for (String operation : List.of("put", "get", "lock", "election", "watch")) {
            JsonNode result = ok(
                    "bench",
                    "bench",
                    operation,
                    "--clients",
                    "2",
                    "--connections",
                    "1",
                    "--seconds",
                    "1",
                    "--warmup",
                    "0");
            assertThat(result.path("opsPerSecond").asDouble()).as(operation).isPositive();
            assertThat(result.path("errors").asLong()).as(operation).isZero();
        }
        ok("bench", "bench", "put", "--unary", "--clients", "2", "--seconds", "1", "--warmup", "0");
    }

    @Test
    void theTourHolds() {
        Invocation tour = Invocation.of("demo");

        assertThat(tour.exitCode()).as(tour.err() + tour.out()).isZero();
        assertThat(new String(tour.outBytes(), StandardCharsets.UTF_8))
                .contains("kill -9")
                .contains("demo passed");
    }
}
