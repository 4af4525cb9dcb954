package io.gavel.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.client.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ChildProcessTest {
    private static final Duration GRACE = Duration.ofMillis(300);

    @TempDir
    private Path directory;

    private final SimGrant grant = new SimGrant();

    private int run(String script, Map<String, String> environment) throws IOException, InterruptedException {
        try (ChildProcess child = new ChildProcess(List.of("sh", "-c", script), GRACE, grant::close)) {
            return child.run(grant, ErrorCode.LOCK_LOST, environment);
        }
    }

    private String written(String name) throws IOException {
        Path file = directory.resolve(name);
        return Files.exists(file) ? Files.readString(file).strip() : "";
    }

    @Test
    void passesTheProgramsExitCodeThroughAndGivesTheGrantBack() throws IOException, InterruptedException {
        assertThat(run("exit 42", Map.of())).isEqualTo(42);
        assertThat(grant.isReleased()).isTrue();
    }

    @Test
    void theProgramSeesItsEnvironment() throws IOException, InterruptedException {
        String file = directory.resolve("seen").toString();

        run(
                "echo \"$GAVEL_LOCK $GAVEL_FENCING_TOKEN\" > " + file,
                Map.of("GAVEL_LOCK", "nightly", "GAVEL_FENCING_TOKEN", "7"));

        assertThat(written("seen")).isEqualTo("nightly 7");
    }

    @Test
    void aLossTerminatesTheProgramAndIsReported() throws Exception {
        String script = "trap 'echo term > " + directory.resolve("end") + "; exit 3' TERM; echo up > "
                + directory.resolve("up") + "; while :; do sleep 0.02; done";
        CompletableFuture<Throwable> outcome = runInBackground(script);
        await().until(() -> written("up").equals("up"));

        grant.lose();

        assertLost(outcome.get(20, TimeUnit.SECONDS));
        assertThat(written("end")).isEqualTo("term");
        assertThat(grant.isReleased()).isFalse();
    }

    @Test
    void aProgramThatIgnoresTermIsKilledAfterTheGrace() throws Exception {
        String script = "trap '' TERM; echo $$ > " + directory.resolve("pid") + "; while :; do sleep 0.02; done";
        CompletableFuture<Throwable> outcome = runInBackground(script);
        await().until(() -> !written("pid").isEmpty());

        long lostAt = System.nanoTime();
        grant.lose();

        assertLost(outcome.get(20, TimeUnit.SECONDS));
        assertThat(System.nanoTime() - lostAt).isGreaterThanOrEqualTo(GRACE.toNanos());
        assertThat(ProcessHandle.of(Long.parseLong(written("pid"))).filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    @Test
    void whatTheProgramStartedIsKilledTooBeforeTheLossIsReported() throws Exception {
        String stubborn = "trap \"\" TERM; echo $$ > " + directory.resolve("pid") + "; while :; do sleep 0.02; done";
        CompletableFuture<Throwable> outcome = runInBackground("sh -c '" + stubborn + "'; true");
        await().until(() -> !written("pid").isEmpty());

        grant.lose();

        assertLost(outcome.get(20, TimeUnit.SECONDS));
        assertThat(runs(Long.parseLong(written("pid")))).isFalse();
    }

    /// An orphan that is over may stay listed until the first process of the machine asks for its end.
    private static boolean runs(long pid) throws IOException {
        if (!Files.exists(Path.of("/proc/self/status"))) {
            return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
        }
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.noneMatch(line -> line.startsWith("State:\tZ"));
        } catch (NoSuchFileException gone) {
            return false;
        }
    }

    @Test
    void nothingIsStartedUnderAGrantThatIsLostAlready() throws IOException {
        grant.lose();

        assertThatThrownBy(() -> run("touch " + directory.resolve("ran"), Map.of()))
                .isInstanceOf(CommandFailure.class);
        assertThat(directory.resolve("ran")).doesNotExist();
    }

    @Test
    void aProgramThatDoesNotExistIsSaidSo() {
        assertThatThrownBy(() -> {
                    try (ChildProcess child = new ChildProcess(List.of("/no/such/program"), GRACE, grant::close)) {
                        child.run(grant, ErrorCode.LOCK_LOST, Map.of());
                    }
                })
                .isInstanceOfSatisfying(CommandFailure.class, failure -> {
                    assertThat(failure.exitCode()).isEqualTo(ExitCode.NOT_STARTED);
                    assertThat(failure).hasMessageContaining("/no/such/program").hasMessageContaining("No such file");
                });
    }

    @Test
    void aSignalEndsTheProgramBeforeTheGrantIsGivenBack() throws Exception {
        assertThat(signalled("trap 'echo program ended >> $LOG; exit 0' TERM; echo up >> $LOG;"
                        + " while :; do sleep 0.02; done"))
                .containsExactly("up", "program ended", "given back");
    }

    @Test
    void aSignalEndsWhatTheProgramStartedBeforeTheGrantIsGivenBack() throws Exception {
        assertThat(signalled("sh -c 'trap \"sleep 1; echo its child ended >> $LOG; exit 0\" TERM; echo up >> $LOG;"
                        + " while :; do sleep 0.02; done'; true"))
                .containsExactly("up", "its child ended", "given back");
    }

    /// What is logged when a process of its own runs the script and gets a signal.
    private List<String> signalled(String script) throws IOException, InterruptedException {
        Path log = directory.resolve("log");
        Process gavel = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SignalledProgram.class.getName(),
                        log.toString(),
                        script)
                .inheritIO()
                .start();
        await().atMost(30, TimeUnit.SECONDS).until(() -> written("log").equals("up"));

        gavel.destroy();

        assertThat(gavel.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return written("log").lines().toList();
    }

    /// What the tests above send a signal to: a process of its own.
    static final class SignalledProgram {
        private SignalledProgram() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            Path log = Path.of(arguments[0]);
            SimGrant grant = new SimGrant();
            grant.onRelease(() -> append(log, "given back\n"));
            try (ChildProcess child =
                    new ChildProcess(List.of("sh", "-c", arguments[1]), Duration.ofSeconds(10), grant::close)) {
                child.run(grant, ErrorCode.LOCK_LOST, Map.of("LOG", log.toString()));
            }
        }

        private static void append(Path file, String text) {
            try {
                Files.writeString(file, text, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private CompletableFuture<Throwable> runInBackground(String script) {
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                outcome.complete(new AssertionError("ended with " + run(script, Map.of())));
            } catch (IOException | InterruptedException | RuntimeException e) {
                outcome.complete(e);
            }
        });
        return outcome;
    }

    private static void assertLost(Throwable outcome) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        CommandFailure.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.LOST));
    }
}
