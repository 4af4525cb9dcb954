package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.ServerProcess;
import io.gavel.client.GavelClient;
import io.gavel.client.lock.LockGrant;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What operators do to a cluster of real processes in its life: grow, shrink, back up, restore.
@Timeout(180)
final class ClusterLifeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern UUID = Pattern.compile("--uuid ([0-9a-f]{32})");

    @TempDir
    private Path directory;

    private static Invocation run(LocalCluster cluster, String... arguments) {
        return run(cluster.endpoints(), arguments);
    }

    private static Invocation run(List<String> endpoints, String... arguments) {
        List<String> all =
                new ArrayList<>(List.of("-e", String.join(",", endpoints), "--timeout", "30s", "-o", "json"));
        all.addAll(List.of(arguments));
        return Invocation.of(all.toArray(String[]::new));
    }

    private static JsonNode ok(String schema, LocalCluster cluster, String... arguments) {
        Invocation done = run(cluster, arguments);
        assertThat(done.exitCode()).as(done.err()).isZero();
        return CliSchemas.checked(schema, done.out());
    }

    private static JsonNode refused(LocalCluster cluster, String... arguments) {
        Invocation refused = run(cluster, arguments);
        assertThat(refused.exitCode()).as(refused.err() + refused.out()).isEqualTo(ExitCode.CONFLICT);
        JsonNode error = CliSchemas.checked("error", refused.err());
        assertThat(error.path("outcome").asText()).isEqualTo("NOT_APPLIED");
        return error;
    }

    /// Runs a step that is refused until a learner has caught up; any other failure is one.
    private static Invocation onceItIsSafe(List<String> endpoints, String... arguments) {
        return await().atMost(PATIENCE)
                .until(
                        () -> {
                            Invocation done = run(endpoints, arguments);
                            assertThat(done.exitCode()).as(done.err()).isIn(ExitCode.OK, ExitCode.CONFLICT);
                            return done;
                        },
                        done -> done.exitCode() == ExitCode.OK);
    }

    private static List<String> ids(JsonNode members) {
        return members.path("members").findValuesAsText("id");
    }

    /// Starts one more server beside a running cluster and answers its uuid, which it says when it waits to be added.
    private static String startWaiting(ServerProcess server) {
        server.start();
        return await().atMost(PATIENCE)
                .until(() -> UUID.matcher(server.lastLogLines(200)), Matcher::find)
                .group(1);
    }

    private static Invocation add(LocalCluster cluster, String id, String uuid, ServerProcess server) {
        return run(
                cluster,
                "member",
                "add",
                id,
                "--uuid",
                uuid,
                "--peer",
                server.addresses().peer());
    }

    @Test
    void aServerJoinsIsPromotedAndTheLeaderLeaves() {
        int basePort = LocalCluster.freeBasePort(5, new Random());
        try (LocalCluster three = LocalCluster.of(3, directory, basePort, List.of());
                LocalCluster five = LocalCluster.of(5, directory, basePort, List.of())) {
            three.start();
            three.awaitReady(PATIENCE);
            joinAndPromote(three, five.member(4));
            removeTheLeader(three, five);
            replaceAVoter(five, five.member(5));
            refuseWhatWouldLoseTheQuorum(five, five.member(4));
        }
    }

    private static void joinAndPromote(LocalCluster cluster, ServerProcess fourth) {
        String uuid = startWaiting(fourth);
        assertThat(add(cluster, "1", uuid, fourth).err()).contains("already has this id");
        assertThat(ids(CliSchemas.checked(
                        "member-ls", add(cluster, "4", uuid, fourth).out())))
                .containsExactly("1", "2", "3", "4");
        onceItIsSafe(cluster.endpoints(), "member", "promote", "4");
        assertThat(refused(cluster, "member", "promote", "4").path("message").asText())
                .contains("voter already");
    }

    private static void removeTheLeader(LocalCluster three, LocalCluster five) {
        String leader = ok("status", three, "status").path("leader").asText();
        assertThat(ids(ok("member-ls", five, "member", "remove", leader)))
                .hasSize(3)
                .doesNotContain(leader);
        three.member(Integer.parseInt(leader)).stop(Duration.ofSeconds(10));
        await().atMost(PATIENCE)
                .until(() -> run(five, "kv", "put", "life/a", "1").exitCode() == 0);
    }

    private static void replaceAVoter(LocalCluster five, ServerProcess fifth) {
        assertThat(add(five, "5", startWaiting(fifth), fifth).exitCode()).isZero();
        String leader = ok("status", five, "status").path("leader").asText();
        String voter = ids(ok("member-ls", five, "member", "ls")).stream()
                .filter(id -> !id.equals(leader) && !id.equals("4") && !id.equals("5"))
                .findFirst()
                .orElseThrow();
        // Through the very member that leaves, which hears no more of the cluster once it is out.
        List<String> through = List.of(five.endpoints().get(Integer.parseInt(voter) - 1));
        Invocation replaced = onceItIsSafe(through, "member", "replace", voter, "5");
        assertThat(ids(CliSchemas.checked("member-ls", replaced.out())))
                .hasSize(3)
                .doesNotContain(voter);
        assertThat(ids(ok("member-ls", five, "member", "ls")))
                .hasSize(3)
                .doesNotContain(voter)
                .contains("4", "5");
        assertThat(run(through, "member", "ls").exitCode())
                .as("what a removed member last knew is not the answer")
                .isEqualTo(ExitCode.UNAVAILABLE);
    }

    private static void refuseWhatWouldLoseTheQuorum(LocalCluster five, ServerProcess fourth) {
        fourth.kill();
        await().atMost(PATIENCE)
                .until(
                        () -> ok("status", five, "status").path("members").findValuesAsText("reachable"),
                        r -> r.contains("false"));
        String alive = ids(ok("member-ls", five, "member", "ls")).stream()
                .filter(id -> !id.equals("4"))
                .findFirst()
                .orElseThrow();
        assertThat(refused(five, "member", "remove", alive).path("message").asText())
                .contains("can be reached");
        ok("member-ls", five, "member", "remove", "4");
    }

    /// What the old cluster promised, as far as a restore has to honour it.
    private record Promised(long token, long revision) {}

    @Test
    void aRestoredClusterStartsAndKeepsWhatItPromised() throws Exception {
        Path snapshot = directory.resolve("backup.snapshot");
        Promised promised;
        try (LocalCluster old =
                LocalCluster.of(1, directory.resolve("old"), LocalCluster.freeBasePort(1, new Random()), List.of())) {
            old.start();
            old.awaitReady(PATIENCE);
            promised = saveWithALockHeld(old, snapshot);
        }
        int basePort = LocalCluster.freeBasePort(3, new Random());
        try (LocalCluster restored = LocalCluster.of(3, directory.resolve("new"), basePort, List.of())) {
            restore(snapshot, restored);
            restored.start();
            restored.awaitReady(PATIENCE);
            assertKept(restored, promised);
        }
    }

    private static Promised saveWithALockHeld(LocalCluster old, Path snapshot) throws InterruptedException {
        try (GavelClient client = GavelClient.builder()
                .endpoints(old.endpoints().toArray(String[]::new))
                .clientName("before the restore")
                .sessionTtl(Duration.ofSeconds(4))
                .build()) {
            LockGrant grant = client.locks().lock("restore/lock").acquire();
            client.kv().put("restore/a", "kept");
            ok("snapshot-save", old, "snapshot", "save", snapshot.toString());
            JsonNode later = ok("kv-put", old, "kv", "put", "restore/a", "after the snapshot");
            return new Promised(grant.fencingToken(), later.path("revision").asLong());
        }
    }

    private static void restore(Path snapshot, LocalCluster to) {
        String members = to.members().stream()
                .map(m -> m.id() + "=" + m.addresses().peer() + "/"
                        + m.addresses().client())
                .collect(Collectors.joining(","));
        String data = to.dataDirectory().toString();
        ok("snapshot-restore", to, "snapshot", "restore", snapshot.toString(), "--data", data, "--cluster", members);
    }

    private static void assertKept(LocalCluster restored, Promised promised) throws Exception {
        assertThat(ok("kv-get", restored, "kv", "get", "restore/a")
                        .path("value")
                        .asText())
                .isEqualTo("kept");
        assertThat(ok("kv-put", restored, "kv", "put", "restore/b", "")
                        .path("revision")
                        .asLong())
                .isGreaterThan(promised.revision());
        String compacted = Long.toString(promised.revision());
        assertThat(refused(restored, "kv", "get", "restore/a", "--rev", compacted)
                        .path("code")
                        .asText())
                .isEqualTo("COMPACTED");
        assertThat(ok("session-ls", restored, "session", "ls").path("sessions").findValuesAsText("owner"))
                .doesNotContain("before the restore");
        try (GavelClient client = GavelClient.connect(restored.endpoints().toArray(String[]::new))) {
            LockGrant grant = client.locks().lock("restore/lock").acquire(PATIENCE);
            assertThat(grant.fencingToken()).isGreaterThan(promised.token());
        }
    }
}
