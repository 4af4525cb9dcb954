package io.gavel.server.watch;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.WatchResponse;

/// Where one subscription's messages go: a bounded, non-blocking way to one client.
///
/// Called by the hub's thread only. Whoever implements it calls [Subscription#onReady] each time that [#isReady] turns
/// from false to true, and [Subscription#cancel] when the client is gone.
public interface WatchSink {
    /// Whether a message would leave soon. The hub delivers only then, one message at a time.
    boolean isReady();

    /// Takes a message; must not block.
    void deliver(WatchResponse response);

    /// The subscription is over; nothing follows.
    void end(Error error);
}
