package io.gavel.cli.command;

import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.lock.LockGrant;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A program that runs only while a grant is held: it and what it started get SIGTERM when the grant is lost, SIGKILL
/// after the grace period, and its own exit code is passed on otherwise.
///
/// Between construction and [#close] a signal that ends *this* process ends the program first and lets go of the
/// cluster then, so that the next holder never runs beside it. One run an object.
final class ChildProcess implements AutoCloseable {
    private static final Pattern REASON = Pattern.compile("error=\\d+, (.+)$|error: \\d+ \\(([^)]+)\\)");

    private final List<String> command;
    private final Duration grace;
    private final Thread hook;
    private final Object starting = new Object();
    private final Object killing = new Object();
    private final Object givingBack = new Object();
    private boolean ending;
    private boolean ended;
    private @Nullable Process child;

    /// @param letGo gives the grant or the place in the queue back
    ChildProcess(List<String> command, Duration grace, Runnable letGo) {
        this.command = command;
        this.grace = grace;
        this.hook = new Thread(() -> {
            endChild();
            giveBack(letGo);
        });
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /// Runs the program to its end and gives the grant back.
    ///
    /// @return the program's exit code
    /// @throws CommandFailure with [ExitCode#LOST] when the grant was lost meanwhile
    int run(LockGrant grant, ErrorCode lossCode, Map<String, String> environment)
            throws IOException, InterruptedException {
        AtomicBoolean lost = new AtomicBoolean();
        if (!grant.isHeld()) {
            throw lost(grant, lossCode);
        }
        Process started = start(environment);
        grant.onLost(loss -> {
            lost.set(true);
            end(started);
        });
        int code;
        try {
            code = started.waitFor();
        } catch (InterruptedException e) {
            end(started);
            giveBack(grant::close);
            throw e;
        }
        if (lost.get() || isEnding()) {
            end(started);
        }
        if (lost.get() || !grant.isHeld()) {
            throw lost(grant, lossCode);
        }
        giveBack(grant::close);
        return code;
    }

    /// One after the other: the second finds nothing to do, and must not end this process before the first is done.
    private void giveBack(Runnable how) {
        synchronized (givingBack) {
            how.run();
        }
    }

    private boolean isEnding() {
        synchronized (starting) {
            return ending;
        }
    }

    private Process start(Map<String, String> environment) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().putAll(environment);
        synchronized (starting) {
            if (ending) {
                throw new InterruptedException("ended before the program was started");
            }
            try {
                Process started = builder.start();
                child = started;
                return started;
            } catch (IOException e) {
                throw new CommandFailure(
                        ExitCode.NOT_STARTED,
                        ErrorCode.INVALID_ARGUMENT,
                        "cannot run \"" + command.getFirst() + "\": " + reason(e),
                        "");
            }
        }
    }

    /// The system's reason, without Java's preface about the program and the directory: `error=2, REASON` up to some
    /// release, `error: 2 (REASON)` since.
    private static String reason(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        Matcher reason = REASON.matcher(message);
        return reason.find() ? reason.group(reason.group(1) != null ? 1 : 2) : message;
    }

    private static CommandFailure lost(LockGrant grant, ErrorCode code) {
        return CommandFailure.afterwards(ExitCode.LOST, code, "lost \"" + grant.name() + "\" while the command ran");
    }

    private void endChild() {
        Process running;
        synchronized (starting) {
            ending = true;
            running = child;
        }
        if (running != null) {
            end(running);
        }
    }

    /// Ends the program and whatever it has started and not outlived; a second caller waits until the first is done.
    private void end(Process running) {
        synchronized (killing) {
            if (!ended) {
                ended = true;
                terminate(Stream.concat(running.descendants(), Stream.of(running.toHandle()))
                        .toList());
            }
        }
    }

    private void terminate(List<ProcessHandle> family) {
        family.forEach(ProcessHandle::destroy);
        try {
            if (!areGone(family, grace)) {
                kill(family);
                boolean ignored = areGone(family, grace.plusSeconds(1));
            }
        } catch (InterruptedException e) {
            kill(family);
            Thread.currentThread().interrupt();
        }
    }

    private static void kill(List<ProcessHandle> family) {
        family.stream()
                .flatMap(member -> Stream.concat(member.descendants(), Stream.of(member)))
                .forEach(ProcessHandle::destroyForcibly);
    }

    private static boolean areGone(List<ProcessHandle> family, Duration patience) throws InterruptedException {
        try {
            var _ = CompletableFuture.allOf(
                            family.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
                    .get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of a process cannot fail", e);
        }
    }

    /// Leaves signals to the JVM again; when one has come already, waits until the program is gone.
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            try {
                hook.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
