package io.gavel.client.internal;

import io.gavel.client.GavelClient;
import io.gavel.client.internal.core.ClientCore;
import io.gavel.client.internal.port.ClientOptions;
import io.gavel.client.internal.port.ClientPorts;
import io.gavel.client.internal.runner.Callbacks;
import io.gavel.client.internal.runner.Calls;
import io.gavel.client.internal.runner.ClientRunner;
import io.gavel.client.internal.runner.GrpcTransport;
import io.gavel.client.internal.runner.SystemClock;
import io.gavel.client.internal.view.ClientView;
import io.gavel.client.internal.view.Context;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Puts a client together: clock, thread, transport, logic, views. */
public final class RunningClient {
    private static final AtomicLong CLIENTS = new AtomicLong();
    private static final System.Logger LOGGER = System.getLogger(RunningClient.class.getName());
    /** The logic closes within twelve seconds, if a leader does not end, or two; this is for a defect of it. */
    private static final long CLOSE_MILLIS = 13_000;

    private final ClientRunner runner;
    private final ClientCore core;
    private final GrpcTransport transport;

    private RunningClient(ClientOptions options) {
        SystemClock clock = new SystemClock();
        runner = new ClientRunner(clock, "gavel-client-" + CLIENTS.incrementAndGet());
        transport = new GrpcTransport(runner);
        core = new ClientCore(new ClientPorts(options, clock, transport, new SecureRandom()));
        runner.start(core, transport::close);
    }

    /** Starts a client; {@code callbackExecutor} null = the default one. */
    public static GavelClient start(ClientOptions options, @Nullable Executor callbackExecutor) {
        ClientOptions named = options.clientName().isEmpty() ? options.withClientName(defaultName()) : options;
        RunningClient running = new RunningClient(named);
        Executor callbacks = callbackExecutor == null ? Callbacks.shared() : Callbacks.dependable(callbackExecutor);
        Calls calls = new Calls(running.runner, callbacks, options.requestTimeout());
        return new ClientView(
                new Context(running.core, calls, running.core.ownSession(), running.transport, options::endpoints),
                running::close);
    }

    private void close() {
        runner.endLeader();
        if (runner.post(core::close) && !runner.isOwner()) {
            try {
                boolean ignored = runner.awaitStopped(CLOSE_MILLIS);
                String leaders = runner.leaders();
                if (!leaders.isEmpty()) {
                    LOGGER.log(Level.WARNING, "closed, but what leads does not end although interrupted: " + leaders);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String defaultName() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "unknown-host";
        }
        return System.getProperty("user.name", "unknown") + "@" + host + ":"
                + ProcessHandle.current().pid();
    }
}
