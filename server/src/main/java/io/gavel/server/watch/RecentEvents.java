package io.gavel.server.watch;

import io.gavel.protocol.v1.WatchEvents;
import io.gavel.server.state.table.StateEvent;

/// Sends what is in the ring to one subscription at a time, a bounded message of whole revisions. Confined to the hub.
final class RecentEvents {
    private final WatchLimits limits;
    private final WatchMessages messages;

    RecentEvents(WatchLimits limits, WatchMessages messages) {
        this.limits = limits;
        this.messages = messages;
    }

    /// Sends one message of the pending events before `position`, whose last revision is at most `revision`. False if
    /// the next of them are gone from the ring or too large for a message: nothing was sent, a snapshot is due.
    boolean send(Subscription subscription, EventRing ring, long position, long revision, long nowNanos) {
        WatchEvents.Builder message = WatchEvents.newBuilder();
        long bytes = 0;
        while (subscription.cursor < position && bytes < limits.messageBytes()) {
            RevisionEvents events = ring.get(subscription.cursor);
            long more = events == null || events.isGap() ? Long.MAX_VALUE : matchingBytes(subscription, events);
            if (more > limits.maxRevisionBytes()) {
                if (bytes == 0) {
                    return false;
                }
                break;
            }
            if (events != null && more > 0) {
                append(subscription, events, message, nowNanos);
                subscription.from = events.revision() + 1;
                bytes += more;
            }
            subscription.cursor++;
        }
        if (bytes > 0) {
            subscription.pendingBytes = Math.max(0, subscription.pendingBytes - bytes);
            subscription.sink.deliver(messages.events(message));
        }
        if (subscription.cursor >= position) {
            subscription.pending = false;
            subscription.pendingBytes = 0;
            subscription.from = Math.max(subscription.from, revision + 1);
        }
        return true;
    }

    private static long matchingBytes(Subscription subscription, RevisionEvents events) {
        long bytes = 0;
        if (events.revision() >= subscription.from) {
            for (StateEvent event : events.events()) {
                bytes += subscription.target.covers(event) ? RevisionEvents.bytes(event) : 0;
            }
        }
        return bytes;
    }

    private static void append(
            Subscription subscription, RevisionEvents events, WatchEvents.Builder message, long nowNanos) {
        for (StateEvent event : events.events()) {
            if (subscription.target.covers(event)) {
                message.addEvents(WatchMessages.event(event, events.revision(), subscription.withPrevious, nowNanos));
            }
        }
    }
}
