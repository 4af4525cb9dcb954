package io.gavel.server.node;

import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.NanoClock;
import io.gavel.server.config.LoadedConfig;
import io.gavel.server.config.ServerConfig;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server process: starts one node, runs until it is told to stop, leaves in order. The rim.
///
/// SIGTERM and the end of the parent process hand leadership over first. Whatever the node must not survive ends the
/// process at once, see [ExitCode].
public final class Server {
    private static final Logger log = LoggerFactory.getLogger(Server.class);
    private static final long PARENT_CHECK_MILLIS = 1_000;

    private Server() {}

    /// Runs the node until the process is told to stop; returns the exit code.
    ///
    /// @throws StartException if it cannot start; the message is for the operator
    public static ExitCode run(LoadedConfig loaded) throws StartException {
        ServerConfig config = loaded.config();
        loaded.warnings().forEach(log::warn);
        log.info("starting with\n{}", loaded.describe());
        StopSignal stop = new StopSignal();
        CountDownLatch stopping = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        stop.onStop(stopping::countDown);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitStop(stop, stopped, config), "gavel-shutdown"));
        ScheduledExecutorService parentWatch = watchParent(config.parentPid());
        try {
            serve(config, stop, stopping);
            return ExitCode.STOPPED;
        } finally {
            if (parentWatch != null) {
                parentWatch.shutdownNow();
            }
            stopped.countDown();
        }
    }

    private static void serve(ServerConfig config, StopSignal stop, CountDownLatch stopping) throws StartException {
        Node.Environment environment = new Node.Environment(NanoClock.system(), new ProcessHalt(), new SecureRandom());
        try (Node node = Node.start(config, environment, stop)) {
            stopping.await();
            log.info("member {} leaves", node.id());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// In the shutdown hook: tells the node to leave and keeps the process until it has, within bounds.
    private static void awaitStop(StopSignal stop, CountDownLatch stopped, ServerConfig config) {
        stop.stop();
        try {
            long limit = config.timings().shutdownTimeoutNanos() + TimeUnit.SECONDS.toNanos(10);
            if (!stopped.await(limit, TimeUnit.NANOSECONDS)) {
                log.warn("the node did not leave in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Ends this process in order when its parent is gone; null = there is nothing to watch.
    @SuppressWarnings("FutureReturnValueIgnored")
    private static @Nullable ScheduledExecutorService watchParent(long parentPid) {
        if (parentPid == 0) {
            return null;
        }
        Optional<ProcessHandle> parent = ProcessHandle.of(parentPid);
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task ->
                Thread.ofPlatform().name("gavel-parent-watch").daemon(true).unstarted(task));
        watch.scheduleWithFixedDelay(
                () -> exitWithoutParent(parentPid, parent), 0, PARENT_CHECK_MILLIS, TimeUnit.MILLISECONDS);
        return watch;
    }

    private static void exitWithoutParent(long parentPid, Optional<ProcessHandle> parent) {
        if (parent.isEmpty() || !parent.get().isAlive()) {
            log.info("the parent process {} is gone", parentPid);
            // Runs the shutdown hook and does not return; the hook never waits for this thread.
            System.exit(ExitCode.STOPPED.code());
        }
    }
}
