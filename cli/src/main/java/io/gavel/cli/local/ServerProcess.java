package io.gavel.cli.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One member as an operating-system process, on its own data directory.
///
/// Not for production: it exists so that a terminal or a test can start, kill, pause and restart members.
/// Not thread-safe.
public final class ServerProcess {
    private final int id;
    private final LocalAddresses addresses;
    private final Path dataDirectory;
    private final Path logFile;
    private final List<String> command;
    private @Nullable Process process;
    private boolean paused;

    ServerProcess(int id, LocalAddresses addresses, Path dataDirectory, Path logFile, List<String> command) {
        this.id = id;
        this.addresses = addresses;
        this.dataDirectory = dataDirectory;
        this.logFile = logFile;
        this.command = List.copyOf(command);
    }

    public int id() {
        return id;
    }

    public LocalAddresses addresses() {
        return addresses;
    }

    public Path dataDirectory() {
        return dataDirectory;
    }

    /// Standard output and error of every life of this member, appended.
    public Path logFile() {
        return logFile;
    }

    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    public long pid() {
        return running().pid();
    }

    /// Starts the process; does not wait until it serves.
    public void start() {
        start(Map.of());
    }

    /// As [#start()], with these variables added to the environment.
    public void start(Map<String, String> environment) {
        if (isAlive()) {
            throw new IllegalStateException("member " + id + " runs already");
        }
        try {
            Files.createDirectories(dataDirectory);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.from(LocalCluster.NO_INPUT))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
            builder.environment().putAll(environment);
            process = builder.start();
            paused = false;
        } catch (IOException e) {
            throw new UncheckedIOException("member " + id + " cannot be started", e);
        }
    }

    /// `kill -9`, and waits until the process is gone.
    public void kill() {
        Process killed = running();
        killed.destroyForcibly();
        awaitExit(killed, Duration.ofSeconds(10));
    }

    /// SIGTERM: hand leadership over, then stop. Killed when it is not gone by then.
    ///
    /// @return the exit code
    public int stop(Duration patience) {
        Process stopped = running();
        if (paused) {
            resume();
        }
        stopped.destroy();
        if (!exitedWithin(stopped, patience)) {
            stopped.destroyForcibly();
            awaitExit(stopped, Duration.ofSeconds(10));
        }
        return stopped.exitValue();
    }

    /// SIGSTOP: the process stands still and notices nothing.
    public void pause() {
        PausedProcess.pause(running());
        paused = true;
    }

    /// SIGCONT.
    public void resume() {
        PausedProcess.resume(running());
        paused = false;
    }

    /// The last lines of the log, for messages about a member that did not start.
    public String lastLogLines(int count) {
        try {
            List<String> lines = Files.exists(logFile) ? Files.readAllLines(logFile) : List.of();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - count), lines.size()));
        } catch (IOException e) {
            return "(log not readable: " + e.getMessage() + ")";
        }
    }

    private static void awaitExit(Process process, Duration patience) {
        if (!exitedWithin(process, patience)) {
            throw new IllegalStateException("process " + process.pid() + " did not end within " + patience);
        }
    }

    private static boolean exitedWithin(Process process, Duration patience) {
        try {
            return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            return false;
        }
    }

    private Process running() {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException("member " + id + " was never started");
        }
        return running;
    }
}
