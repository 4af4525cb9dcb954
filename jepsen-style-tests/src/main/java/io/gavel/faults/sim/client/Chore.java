package io.gavel.faults.sim.client;

/// A kind of work that a client can do next.
@FunctionalInterface
interface Chore {
    /// Does it once and runs `then` when it is over, in any case exactly once.
    void run(Script script, Runnable then);
}
