package io.gavel.client.internal.runner;

import io.gavel.client.internal.core.ClientCore;
import io.gavel.client.internal.port.ClientClock;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that owns a client's logic. Others post tasks; a turn drains what was posted, then lets the logic do
 * what is due, so that what came in together also goes out together.
 */
public final class ClientRunner {
    private static final System.Logger LOGGER = System.getLogger(ClientRunner.class.getName());
    private static final int MAX_TASKS_A_TURN = 4096;
    private static final long MAX_PARK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** The threads of leaders, and what is to be run here when each has ended. */
    private final Map<Thread, Runnable> leaders = new ConcurrentHashMap<>();

    private final ClientClock clock;
    private final Thread thread;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private @Nullable ClientCore core;
    private Runnable whenStopped = () -> {};
    private volatile boolean parked;
    private volatile boolean dead;

    /** A thread that is not started. */
    public ClientRunner(ClientClock clock, String name) {
        this.clock = clock;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    /** Hands the logic over; {@code release} runs when it has closed. */
    public void start(ClientCore logic, Runnable release) {
        core = logic;
        whenStopped = release;
        thread.start();
    }

    /** Runs {@code task} on the owner's thread; false = the client has ended and nothing runs any more. */
    public boolean post(Runnable task) {
        if (dead) {
            return false;
        }
        tasks.add(task);
        if (parked) {
            parked = false;
            LockSupport.unpark(thread);
        }
        // Added after the last drain: nobody will run it, so nobody may believe that somebody does.
        return !dead || !tasks.remove(task);
    }

    /** Starts a thread that leads; when that has ended {@code ended} runs on the owner's thread, once. */
    public Thread startLeader(String name, Runnable leader, Runnable ended) {
        return Callbacks.start(name, () -> {
            leaders.put(Thread.currentThread(), ended);
            try {
                leader.run();
            } finally {
                endLeader();
            }
        });
    }

    /** Whoever closes the client has ended leading: if the caller leads, nobody waits for it any more. */
    public void endLeader() {
        Runnable ended = leaders.remove(Thread.currentThread());
        if (ended != null) {
            post(ended);
        }
    }

    /** Names the threads that still lead. */
    public String leaders() {
        return leaders.keySet().stream().map(Thread::getName).sorted().collect(Collectors.joining(", "));
    }

    /** Whether the caller is the owner's thread, which must never wait for itself. */
    public boolean isOwner() {
        return Thread.currentThread().equals(thread);
    }

    /** The clocks that the logic runs by. */
    public ClientClock clock() {
        return clock;
    }

    /** Waits until the logic has closed and the thread has ended. */
    public boolean awaitStopped(long timeoutMillis) throws InterruptedException {
        return stopped.await(timeoutMillis, TimeUnit.MILLISECONDS);
    }

    private void run() {
        ClientCore logic = core;
        if (logic == null) {
            throw new IllegalStateException("started without logic");
        }
        try {
            while (!logic.isClosed()) {
                boolean idle = drain() == 0;
                logic.doWork();
                if (idle) {
                    park(logic.nextDeadlineNanos() - clock.monotonicNanos());
                }
            }
        } catch (RuntimeException | java.lang.Error e) {
            LOGGER.log(Level.ERROR, "the client's own thread failed; the client is closed", e);
            abandon(logic);
        } finally {
            dead = true;
            whenStopped.run();
            stopped.countDown();
            drainQuietly();
        }
    }

    private int drain() {
        int count = 0;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
            if (++count >= MAX_TASKS_A_TURN) {
                break;
            }
        }
        return count;
    }

    private void park(long nanos) {
        if (nanos <= 0) {
            return;
        }
        parked = true;
        if (tasks.isEmpty()) {
            LockSupport.parkNanos(this, Math.min(nanos, MAX_PARK_NANOS));
        }
        parked = false;
    }

    /** After a defect: nobody may be left waiting. */
    private static void abandon(ClientCore logic) {
        try {
            logic.abandon();
        } catch (RuntimeException e) {
            LOGGER.log(Level.ERROR, "could not tell every caller", e);
        }
    }

    /** What was posted too late is refused by the closed logic. */
    private void drainQuietly() {
        try {
            drain();
        } catch (RuntimeException e) {
            LOGGER.log(Level.DEBUG, "a late task failed", e);
        }
    }
}
