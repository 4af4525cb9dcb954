package io.gavel.client.internal.runner;

import java.lang.System.Logger.Level;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Where the user's code is called: never on a thread of this client or of gRPC, so that it may block. */
public final class Callbacks {
    private static final System.Logger LOGGER = System.getLogger(Callbacks.class.getName());
    private static final AtomicLong THREADS = new AtomicLong();
    private static final Executor SHARED = defaultExecutor();

    private Callbacks() {}

    /** The default executor, shared by all clients of the process: a virtual thread a task, or a daemon thread. */
    public static Executor shared() {
        return SHARED;
    }

    /**
     * An executor that runs every task: one that {@code chosen} refuses, since it is full or was shut down,
     * runs on the shared one. A client outlives its user's executor, and no callback may vanish with it.
     */
    public static Executor dependable(Executor chosen) {
        return task -> {
            try {
                chosen.execute(task);
            } catch (RejectedExecutionException e) {
                LOGGER.log(Level.WARNING, "the callback executor refused a task, which runs elsewhere", e);
                SHARED.execute(task);
            }
        };
    }

    /** Starts a thread for a task that may run for ever; virtual where there are virtual threads. */
    public static Thread start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static Executor defaultExecutor() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            LOGGER.log(Level.DEBUG, "no virtual threads here: callbacks use a pool of daemon threads");
        }
        return new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), Callbacks::daemon);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "gavel-callback-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    /** Runs a listener; what it throws is logged and changes nothing. */
    public static void guarded(String what, Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException | Error e) {
            LOGGER.log(Level.WARNING, what + " threw; it stays registered", e);
        }
    }

    /** Tasks one after the other, in order, on an executor: one of these a registration. */
    public static final class SerialQueue {
        private final Executor executor;
        private final ReentrantLock lock = new ReentrantLock();
        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private boolean running;

        /** An empty queue. */
        public SerialQueue(Executor executor) {
            this.executor = executor;
        }

        /** Adds a task. */
        public void add(Runnable task) {
            boolean start;
            lock.lock();
            try {
                start = !running;
                tasks.add(task);
                running = true;
            } finally {
                lock.unlock();
            }
            if (start) {
                executor.execute(this::drain);
            }
        }

        private void drain() {
            while (true) {
                Runnable task = next();
                if (task == null) {
                    return;
                }
                guarded("a listener", task);
            }
        }

        private @Nullable Runnable next() {
            lock.lock();
            try {
                Runnable task = tasks.poll();
                running = task != null;
                return task;
            } finally {
                lock.unlock();
            }
        }
    }
}
