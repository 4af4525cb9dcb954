package io.gavel.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Compact;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.KeyWatch;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import io.gavel.protocol.v1.WatchSnapshot;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.watch.Subscription;
import io.gavel.server.watch.WatchHub;
import io.gavel.server.watch.WatchLimits;
import io.gavel.server.watch.WatchSink;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A hub that watches the real state machine, each on a thread of its own, with a ring so small that the hub is
/// overrun now and then.
class WatchedMachineTest {
    private static final int PUTS = 30_000;
    private static final WatchLimits LIMITS =
            new WatchLimits(10, 100_000, 256, 20_000, 4_096, 1 << 20, 10_000, 2, Long.MAX_VALUE, Long.MAX_VALUE);

    private final WatchHub hub = new WatchHub(1, LIMITS, () -> {});
    private final StateMachine machine = new StateMachine(new ToHub());
    private long index;

    private void apply(Command command) {
        index++;
        machine.apply(
                new EntryId(1, index), Payload.wrap(Envelope.ofClient(1, 0, RequestStamp.NONE, command.toByteArray())));
        Published published = machine.published();
        hub.onPublished(published.revision(), published.replicatedTimeNanos());
    }

    @Test
    @Timeout(60)
    void keepsEveryWatcherTrueToTheStateWhileItChanges() throws InterruptedException {
        hub.onRestored(machine.keyHistory(), 0, 0, machine.newestReleases(), machine.currentLeaders());
        List<Mirror> mirrors = new ArrayList<>();
        for (int busyTurns : new int[] {0, 1, 50}) {
            mirrors.add(new Mirror(busyTurns));
        }
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread watching = Thread.ofPlatform().name("watch").start(() -> {
            try {
                while (mirrors.stream().anyMatch(mirror -> mirror.seen.get() < PUTS)) {
                    hub.doWork(0);
                    mirrors.forEach(Mirror::turn);
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        for (int i = 1; i <= PUTS; i++) {
            apply(LogDriver.put("k" + i % 50, Integer.toString(i)));
            if (i % 1_000 == 0) {
                apply(Command.newBuilder()
                        .setCompact(Compact.newBuilder().setRevision(i - 100L))
                        .build());
            }
        }
        watching.join();
        assertThat(failure.get()).isNull();
        TreeMap<String, String> expected = new TreeMap<>();
        machine.read(Query.newBuilder()
                        .setRange(RangeQuery.getDefaultInstance())
                        .build())
                .getRange()
                .getEntriesList()
                .forEach(entry -> expected.put(
                        entry.getKey().toStringUtf8(), entry.getValue().toStringUtf8()));
        for (Mirror mirror : mirrors) {
            assertThat(mirror.entries).isEqualTo(expected);
        }
        assertThat(mirrors.getLast().snapshots)
                .as("the slow one needed snapshots")
                .isGreaterThan(1);
    }

    /// Builds the state from what it is told, and is not ready for `busyTurns` turns after each message.
    private final class Mirror implements WatchSink {
        private final int busyTurns;
        private final TreeMap<String, String> entries = new TreeMap<>();
        private final AtomicLong seen = new AtomicLong(-1);
        private final Subscription subscription;
        private long chunksOf = -1;
        private int snapshots;
        private int busy;

        Mirror(int busyTurns) {
            this.busyTurns = busyTurns;
            WatchRequest request = WatchRequest.newBuilder()
                    .setKeys(KeyWatch.newBuilder().setPrefix(true))
                    .build();
            Subscription opened = hub.open(request, 0, this);
            if (opened == null) {
                throw new AssertionError("refused");
            }
            subscription = opened;
        }

        void turn() {
            if (busy > 0) {
                busy--;
                if (busy == 0) {
                    subscription.onReady();
                }
            }
        }

        @Override
        public boolean isReady() {
            return busy == 0;
        }

        @Override
        public void deliver(WatchResponse response) {
            busy = busyTurns;
            switch (response.getKindCase()) {
                case EVENTS -> response.getEvents().getEventsList().forEach(this::onEvent);
                case SNAPSHOT -> onSnapshot(response.getSnapshot());
                case PROGRESS -> assertThat(response.getProgress()).isEqualTo(seen.get());
                case ERROR, KIND_NOT_SET -> throw new AssertionError("unexpected " + response);
            }
        }

        private void onEvent(WatchEvent event) {
            assertThat(event.getRevision()).as("each revision has one event").isEqualTo(seen.get() + 1);
            put(event.getEntry());
            seen.set(event.getRevision());
        }

        private void onSnapshot(WatchSnapshot chunk) {
            assertThat(chunk.getRevision()).isGreaterThanOrEqualTo(seen.get());
            if (chunksOf != chunk.getRevision()) {
                entries.clear();
                chunksOf = chunk.getRevision();
            }
            chunk.getEntriesList().forEach(this::put);
            if (chunk.getLast()) {
                seen.set(chunk.getRevision());
                snapshots++;
                chunksOf = -1;
            }
        }

        private void put(KeyValue entry) {
            entries.put(entry.getKey().toStringUtf8(), entry.getValue().toStringUtf8());
        }

        @Override
        public void end(Error error) {
            throw new AssertionError(error.toString());
        }
    }

    private final class ToHub implements StateListener {
        @Override
        public void onResult(EntryId entryId, long sessionId, long sequence, CommandResult result) {
            assertThat(result.hasError()).as("%s", result).isFalse();
        }

        @Override
        public void onEvents(long revision, List<StateEvent> events) {
            hub.onEvents(revision, events);
        }

        @Override
        public void onRenewed(long sessionId, int originMember, long renewalId, @Nullable Error error) {}

        @Override
        public void onSessionEvent(long sessionId, SessionEvent event) {}

        @Override
        public void onCompacted(long oldestRevision) {}

        @Override
        public void onTurnEnd() {}
    }
}
