package io.gavel.server.transport;

import java.util.concurrent.atomic.LongAdder;

/// What the transport dropped and refused, for metrics. Any thread.
public final class TransportCounters {
    /// Messages refused because a peer's queue was full.
    public final LongAdder queueFull = new LongAdder();

    /// Messages dropped because there was no connection.
    public final LongAdder notConnected = new LongAdder();

    /// Arrived messages dropped because the receiving agent's mailbox was full.
    public final LongAdder mailboxFull = new LongAdder();

    /// Streams refused by either side because of who the other one is (rule 19).
    public final LongAdder identityMismatches = new LongAdder();

    /// Arrived messages dropped because their stream belongs to an older start or another life of the sender.
    public final LongAdder stale = new LongAdder();

    /// Connections that broke.
    public final LongAdder disconnects = new LongAdder();
}
