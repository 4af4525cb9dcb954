package io.gavel.faults.sim.client;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.core.WatchAgent;
import io.gavel.client.internal.core.WatchDecoder;
import io.gavel.client.internal.core.WatchSink;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Stamp;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.KeyWatch;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A subscription that runs for the whole of a run, and the record of what it delivered.
public final class Follower {
    /// One delivery, as the production client's logic hands it on.
    private sealed interface Delivery {
        record One(WatchEvent event) implements Delivery {}

        record Whole(long revision, boolean afterGap, List<WatchSnapshot> chunks) implements Delivery {}

        record Progress(long revision) implements Delivery {}
    }

    private static final class Decoder implements WatchDecoder<Delivery> {
        @Override
        public Delivery event(WatchEvent event) {
            return new Delivery.One(event);
        }

        @Override
        public Delivery snapshot(long revision, boolean afterGap, List<WatchSnapshot> chunks) {
            return new Delivery.Whole(revision, afterGap, chunks);
        }

        @Override
        public Delivery progress(long revision) {
            return new Delivery.Progress(revision);
        }
    }

    private final int process;
    private final History history;
    private final Scheduler scheduler;
    private final List<Answer.WatchEvent> seen = new ArrayList<>();
    private final String prefix;
    private long callId;
    private long upTo;

    Follower(int process, History history, Scheduler scheduler, String prefix) {
        this.process = process;
        this.history = history;
        this.scheduler = scheduler;
        this.prefix = prefix;
    }

    /// Follows all keys under the prefix.
    void followKeys(SimClient client) {
        var _ = followKeys(client, 0);
    }

    /// Follows all keys under the prefix from a revision on, 0 = from now on; the result ends it.
    Runnable followKeys(SimClient client, long from) {
        callId = history.invoke(
                process, new Call.Watch(prefix, true, from == 0 ? null : from), Stamp.NONE, scheduler.nowNanos());
        WatchRequest request = WatchRequest.newBuilder()
                .setKeys(KeyWatch.newBuilder().setKey(Script.bytes(prefix)).setPrefix(true))
                .setFromRevision(from)
                .build();
        WatchAgent<Delivery> agent = new WatchAgent<>(request, new Decoder(), new Keys());
        client.run(() -> client.core().watch(agent));
        return agent::close;
    }

    /// Whether anything was delivered.
    boolean sawAnything() {
        return !seen.isEmpty() || upTo > 0;
    }

    /// Follows the releases of a namespace.
    void followConfig(SimClient client) {
        WatchRequest request =
                WatchRequest.newBuilder().setConfigNamespace(prefix).build();
        client.run(() -> client.core().watch(new WatchAgent<>(request, new Decoder(), new Releases())));
    }

    /// How many changes and marked snapshots it was told so far.
    public int told() {
        return seen.size();
    }

    /// Follows who leads an election.
    void followElection(SimClient client) {
        WatchRequest request = WatchRequest.newBuilder().setElection(prefix).build();
        client.run(() -> client.core().watch(new WatchAgent<>(request, new Decoder(), new Leaders())));
    }

    /// The run is over: what was seen becomes an operation of the history.
    void finish() {
        if (callId != 0) {
            history.ok(callId, new Answer.Seen(List.copyOf(seen), upTo == 0 ? null : upTo), scheduler.nowNanos());
            callId = 0;
        }
    }

    private final class Keys implements WatchSink<Delivery> {
        @Override
        public void onEvent(Delivery delivery) {
            switch (delivery) {
                case Delivery.One(WatchEvent event) -> {
                    String key = Script.text(event.getEntry().getKey());
                    seen.add(
                            event.getType() == WatchEvent.Type.DELETE
                                    ? Answer.WatchEvent.delete(event.getRevision(), key)
                                    : Answer.WatchEvent.put(
                                            event.getRevision(),
                                            key,
                                            Script.text(event.getEntry().getValue())));
                }
                case Delivery.Whole(long revision, boolean _, List<WatchSnapshot> chunks) -> {
                    Map<String, String> entries = new TreeMap<>();
                    for (WatchSnapshot chunk : chunks) {
                        chunk.getEntriesList()
                                .forEach(entry ->
                                        entries.put(Script.text(entry.getKey()), Script.text(entry.getValue())));
                    }
                    seen.add(Answer.WatchEvent.snapshot(revision, entries));
                    upTo = Math.max(upTo, revision);
                }
                case Delivery.Progress(long revision) -> upTo = Math.max(upTo, revision);
            }
        }

        @Override
        public void onEnd(ErrorDetail error) {}
    }

    private final class Releases implements WatchSink<Delivery> {
        @Override
        public void onEvent(Delivery delivery) {
            switch (delivery) {
                case Delivery.One(WatchEvent event) -> tell(event.getRelease(), false);
                case Delivery.Whole(long _, boolean _, List<WatchSnapshot> chunks) -> {
                    WatchSnapshot last = chunks.getLast();
                    if (last.hasRelease()) {
                        tell(last.getRelease(), true);
                    }
                }
                case Delivery.Progress _ -> {}
            }
        }

        private void tell(ConfigRelease release, boolean snapshot) {
            history.add(Event.at(
                    scheduler.nowNanos(),
                    process,
                    new Observation.ConfigSeen(
                            prefix, release.getVersion(), new TreeMap<>(release.getEntriesMap()), snapshot)));
        }

        @Override
        public void onEnd(ErrorDetail error) {}
    }

    private final class Leaders implements WatchSink<Delivery> {
        private long token;

        @Override
        public void onEvent(Delivery delivery) {
            switch (delivery) {
                case Delivery.One(WatchEvent event) -> tell(event.hasLeader(), event.getLeader());
                case Delivery.Whole(long _, boolean _, List<WatchSnapshot> chunks) ->
                    tell(chunks.getLast().hasLeader(), chunks.getLast().getLeader());
                case Delivery.Progress _ -> {}
            }
        }

        /// Nobody who leads has no token: the one before stands for it.
        private void tell(boolean leads, Holder leader) {
            token = leads ? leader.getToken() : token;
            history.add(Event.at(
                    scheduler.nowNanos(),
                    process,
                    new Observation.LeaderObserved(
                            "election/" + prefix, token, leads ? Long.toString(leader.getSessionId()) : null)));
        }

        @Override
        public void onEnd(ErrorDetail error) {}
    }
}
