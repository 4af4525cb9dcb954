package io.gavel.server.agent;

/// A duty cycle: an object that owns its state and is driven one turn at a time.
///
/// An agent never blocks on another agent, never starts a thread and never reads a clock. In production an
/// [AgentRunner] drives it on one platform thread; in simulation a scheduler calls it with virtual time.
/// Confined to whoever drives it; others reach it through its [Mailbox].
public interface Agent {
    /// Does what there is to do, up to a limit the agent sets itself, and returns how much that was.
    ///
    /// 0 = nothing was left to do when the turn began: the driver may park until a mailbox wakes it or
    /// [#nextDeadlineNanos()] comes. `nowNanos` is the only clock reading of the turn.
    int doWork(long nowNanos);

    /// When the next turn must happen although nothing arrives; `Long.MAX_VALUE` = never. On the clock of `nowNanos`.
    default long nextDeadlineNanos() {
        return Long.MAX_VALUE;
    }

    /// Called once after the last turn, on the same thread, when the driver stops in good order.
    default void onStop() {}
}
