package io.gavel.server.consensus;

import io.gavel.server.agent.Agent;
import io.gavel.server.agent.Mailbox;

/// Does what is slow and may wait: reads of old log ranges, snapshots, preparing files. One task at a time, in order.
public final class BulkAgent implements Agent {
    private static final int MAX_TASKS_PER_TURN = 16;

    private final Mailbox<Runnable> tasks;

    public BulkAgent(int capacity, Runnable wake) {
        this.tasks =
                new Mailbox<>(new Mailbox.Limits(capacity, Long.MAX_VALUE / 2), new Mailbox.Limits(2, 2), _ -> 0, wake);
    }

    /// Takes a task; false = full, it will not run. Any thread.
    public boolean submit(Runnable task) {
        return tasks.offer(task);
    }

    @Override
    public int doWork(long nowNanos) {
        return tasks.drain(Runnable::run, MAX_TASKS_PER_TURN);
    }
}
