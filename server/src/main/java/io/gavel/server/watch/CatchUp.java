package io.gavel.server.watch;

/// Brings one watcher from where it is to a revision at which it can go on with the recent events. Holds a pin while
/// it lasts. Confined to the hub.
sealed interface CatchUp permits HistoryReader, SnapshotReader {
    /// What a step came to.
    enum Step {
        /// There is more to read, whether the sink is ready or not.
        READ_ON,
        /// There is more to send once the sink is ready.
        WAIT,
        /// Everything up to [#upTo] has been delivered.
        DONE,
        /// It cannot be done this way; nothing of it was delivered.
        TOO_MUCH
    }

    /// Does a bounded amount of reading, delivers at most one message, and only if the sink is ready.
    Step step(Subscription subscription, long nowNanos);

    long upTo();

    /// Ends the pin.
    void close();
}
