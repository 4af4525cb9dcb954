package io.gavel.server.api;

/// Runs short tasks on the apply agent, between two entries, where every table may be read.
@FunctionalInterface
public interface ApplyTasks {
    /// `false` when the agent's mailbox is full: the task will not run. Any thread may call.
    boolean submit(Runnable task);
}
