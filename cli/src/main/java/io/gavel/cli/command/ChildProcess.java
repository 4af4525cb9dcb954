package io.gavel.cli.command;

import io.gavel.cli.ExitCode;
import io.gavel.client.lock.LockGrant;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// A program that runs only while a grant is held: it gets SIGTERM when the grant is lost, SIGKILL after the grace
/// period, and its own exit code is passed on otherwise.
final class ChildProcess {
    private static final int SIGNAL_EXIT_BASE = 128;

    private final List<String> command;
    private final Duration grace;

    ChildProcess(List<String> command, Duration grace) {
        this.command = command;
        this.grace = grace;
    }

    /// Runs the program to its end and gives the grant back.
    ///
    /// A signal that ends *this* process ends the program first, then releases the grant, so that the next holder
    /// never runs beside it.
    ///
    /// @return the program's exit code, or [ExitCode#LOST]
    int run(LockGrant grant, Map<String, String> environment) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().putAll(environment);
        grant.requireHeld();
        Process child = builder.start();
        AtomicBoolean lost = new AtomicBoolean();
        grant.onLost(loss -> {
            lost.set(true);
            end(child);
        });
        Thread hook = new Thread(() -> {
            end(child);
            if (!lost.get()) {
                grant.close();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        int code = child.waitFor();
        removeHook(hook);
        if (lost.get() || !grant.isHeld()) {
            System.err.println("gavel: lost \"" + grant.name() + "\" while the command ran");
            return ExitCode.LOST;
        }
        grant.close();
        return code;
    }

    private static void removeHook(Thread hook) throws InterruptedException {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook ends the program, releases the grant, and the process with them.
            hook.join();
            Runtime.getRuntime().halt(SIGNAL_EXIT_BASE + 15);
        }
    }

    private void end(Process child) {
        child.descendants().forEach(ProcessHandle::destroy);
        child.destroy();
        try {
            if (!child.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                child.descendants().forEach(ProcessHandle::destroyForcibly);
                child.destroyForcibly().waitFor(grace.toMillis() + 1_000, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            child.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
