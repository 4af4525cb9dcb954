package io.gavel.server.agent;

import java.io.UncheckedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Drives one agent on one platform thread of its own: turn after turn while there is work, parked otherwise.
///
/// This is the only place where an agent's Throwable ends up: it halts the node, because the state of an agent that
/// failed half-way through a turn is not to be trusted. The clock is read once a turn.
public final class AgentRunner implements AutoCloseable {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final Agent agent;
    private final Waker waker;
    private final NanoClock clock;
    private final Halt halt;
    private final Thread thread;
    private volatile boolean stopping;

    /// `waker` is the one that the agent's mailboxes call.
    public AgentRunner(String name, Agent agent, Waker waker, NanoClock clock, Halt halt) {
        this.agent = agent;
        this.waker = waker;
        this.clock = clock;
        this.halt = halt;
        this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::run);
    }

    /// Starts the thread; once, and never again after [#close()].
    public void start() {
        thread.start();
    }

    /// Lets the turn that is under way end, calls [Agent#onStop()] and waits for the thread, 10 s at most.
    /// Returns without waiting when called on the agent's own thread.
    @Override
    public void close() {
        stopping = true;
        waker.wake();
        if (Thread.currentThread().threadId() == thread.threadId() || thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            if (!thread.join(STOP_LIMIT)) {
                halt.halt(ExitCode.INVARIANT_VIOLATED, thread.getName() + " did not stop within " + STOP_LIMIT, null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        waker.attach();
        try {
            while (!stopping) {
                waker.beginTurn();
                long now = clock.nanoTime();
                if (agent.doWork(now) == 0 && !stopping) {
                    long deadline = agent.nextDeadlineNanos();
                    waker.park(deadline == Long.MAX_VALUE ? Long.MAX_VALUE : deadline - now);
                }
            }
            agent.onStop();
        } catch (Throwable e) {
            halt.halt(exitCodeOf(e), reasonOf(thread.getName(), e), e);
        }
    }

    private static ExitCode exitCodeOf(Throwable e) {
        return switch (e) {
            case HaltException halted -> halted.exitCode();
            case UncheckedIOException _ -> ExitCode.STORAGE_FAILED;
            default -> ExitCode.INVARIANT_VIOLATED;
        };
    }

    private static String reasonOf(String agent, Throwable e) {
        @Nullable String message = e.getMessage();
        return agent + ": " + (message != null ? message : e.getClass().getName());
    }
}
