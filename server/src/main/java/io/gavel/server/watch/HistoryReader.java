package io.gavel.server.watch;

import io.gavel.protocol.v1.WatchEvents;
import io.gavel.server.state.table.KeyHistory;
import io.gavel.server.state.table.KeyVersion;
import io.gavel.server.state.table.StateEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Sends what happened to the keys of a target between two revisions, out of the versions that the store still has:
/// for watchers that resume from before the recent events. Reads first, then sends in revision order.
final class HistoryReader implements CatchUp {
    private static final int KEYS_A_STEP = 10_000;
    private static final byte[] FROM_THE_FIRST = {};

    private record Found(long revision, StateEvent.KeyChanged event) {}

    private final KeyHistory keys;
    private final WatchTarget.Keys target;
    private final WatchMessages messages;
    private final WatchLimits limits;
    private final long from;
    private final long upTo;

    private final List<Found> found = new ArrayList<>();
    private byte[] after = FROM_THE_FIRST;
    private boolean readAll;
    private int sent;

    /// `from - 1` is pinned by the caller, so every version above it is there, and the one before it.
    HistoryReader(
            KeyHistory keys,
            WatchTarget.Keys target,
            WatchMessages messages,
            WatchLimits limits,
            long from,
            long upTo) {
        this.keys = keys;
        this.target = target;
        this.messages = messages;
        this.limits = limits;
        this.from = from;
        this.upTo = upTo;
    }

    @Override
    public Step step(Subscription subscription, long nowNanos) {
        if (!readAll) {
            read();
            if (found.size() > limits.maxCatchUpEvents()) {
                return Step.TOO_MUCH;
            }
            if (readAll) {
                found.sort(Comparator.comparingLong(Found::revision));
                return largestRevisionFits() ? Step.READ_ON : Step.TOO_MUCH;
            }
            return Step.READ_ON;
        }
        if (sent == found.size()) {
            return Step.DONE;
        }
        if (!subscription.sink.isReady()) {
            return Step.WAIT;
        }
        send(subscription, nowNanos);
        return sent == found.size() ? Step.DONE : Step.READ_ON;
    }

    private void read() {
        int[] visited = {0};
        boolean[] stopped = {false};
        keys.visit(target.key(), after, (key, newest) -> {
            if (!target.covers(key)) {
                return false;
            }
            if (visited[0]++ == KEYS_A_STEP || found.size() > limits.maxCatchUpEvents()) {
                stopped[0] = true;
                return false;
            }
            after = key;
            readVersions(key, newest);
            return true;
        });
        readAll = !stopped[0];
    }

    private void readVersions(byte[] key, KeyVersion newest) {
        KeyVersion version = newest;
        while (version != null && version.modRevision() >= from) {
            KeyVersion previous = version.previous();
            if (version.modRevision() <= upTo) {
                KeyVersion replaced = previous == null || previous.isTombstone() ? null : previous;
                found.add(new Found(version.modRevision(), new StateEvent.KeyChanged(key, version, replaced)));
            }
            version = previous;
        }
    }

    private boolean largestRevisionFits() {
        long revision = 0;
        long bytes = 0;
        for (Found each : found) {
            bytes = each.revision() == revision ? bytes : 0;
            revision = each.revision();
            bytes += RevisionEvents.bytes(each.event());
            if (bytes > limits.maxRevisionBytes()) {
                return false;
            }
        }
        return true;
    }

    private void send(Subscription subscription, long nowNanos) {
        WatchEvents.Builder message = WatchEvents.newBuilder();
        long bytes = 0;
        while (sent < found.size()) {
            long revision = found.get(sent).revision();
            long more = bytesOf(revision);
            if (bytes > 0 && bytes + more > limits.messageBytes()) {
                break;
            }
            bytes += more;
            while (sent < found.size() && found.get(sent).revision() == revision) {
                message.addEvents(
                        WatchMessages.event(found.get(sent).event(), revision, subscription.withPrevious, nowNanos));
                sent++;
            }
            subscription.from = revision + 1;
        }
        subscription.sink.deliver(messages.events(message));
    }

    private long bytesOf(long revision) {
        long bytes = 0;
        for (int i = sent; i < found.size() && found.get(i).revision() == revision; i++) {
            bytes += RevisionEvents.bytes(found.get(i).event());
        }
        return bytes;
    }

    @Override
    public long upTo() {
        return upTo;
    }

    @Override
    public void close() {
        keys.unpin(from - 1);
    }
}
