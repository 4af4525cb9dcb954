package io.gavel.client.internal.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.client.error.ErrorDetail;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.KeyWatch;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Subscriptions: in order, once, complete, and honest about gaps. */
class WatchAgentTest {
    static LongStream seeds() {
        return LongStream.concat(LongStream.range(1, 40), LongStream.of(System.nanoTime()));
    }

    /** What a consumer sees. */
    private sealed interface Seen {
        record Event(long revision, String key, long version) implements Seen {}

        record Whole(long revision, boolean afterGap, TreeMap<String, Long> versions) implements Seen {}
    }

    private static final class Decoder implements WatchDecoder<Seen> {
        @Override
        public Seen event(WatchEvent event) {
            return new Seen.Event(
                    event.getRevision(),
                    event.getEntry().getKey().toStringUtf8(),
                    event.getEntry().getVersion());
        }

        @Override
        public Seen snapshot(long revision, boolean afterGap, List<WatchSnapshot> chunks) {
            TreeMap<String, Long> versions = new TreeMap<>();
            chunks.forEach(chunk -> chunk.getEntriesList()
                    .forEach(entry -> versions.put(entry.getKey().toStringUtf8(), entry.getVersion())));
            return new Seen.Whole(revision, afterGap, versions);
        }

        @Override
        public @Nullable Seen progress(long revision) {
            return null;
        }
    }

    private static final class Sink implements WatchSink<Seen> {
        final List<Seen> seen = new ArrayList<>();
        final List<ErrorDetail> ends = new ArrayList<>();

        @Override
        public void onEvent(Seen event) {
            seen.add(event);
        }

        @Override
        public void onEnd(ErrorDetail error) {
            ends.add(error);
        }
    }

    private static WatchAgent<Seen> watch(SimWorld.Client client, Sink sink, long from) {
        WatchRequest request = WatchRequest.newBuilder()
                .setKeys(KeyWatch.newBuilder().setPrefix(true))
                .setFromRevision(from)
                .build();
        WatchAgent<Seen> agent = new WatchAgent<>(request, new Decoder(), sink);
        client.core.watch(agent);
        return agent;
    }

    private static void put(SimWorld.Client client, String key) {
        client.core.execute(
                client.core.ownSession(),
                Command.newBuilder()
                        .setPut(Put.newBuilder().setKey(ByteString.copyFromUtf8(key)))
                        .build()
                        .toByteString(),
                client.deadline(Duration.ofSeconds(10)),
                new Told<CommandResult>());
    }

    private static void breakWatches(SimWorld.Client client) {
        List<SimWorld.SimWatchLink> links = new ArrayList<>(client.watchLinks);
        client.watchLinks.clear();
        links.forEach(link -> link.lose("reset"));
    }

    @Test
    void whatANewerMemberSaysBesideIsIgnored() {
        SimWorld world = new SimWorld(30);
        world.cluster.newer = true;
        SimWorld.Client client = world.client();
        Sink sink = new Sink();
        watch(client, sink, 0);
        world.runFor(Duration.ofSeconds(1));
        put(client, "a");
        world.runFor(Duration.ofSeconds(1));
        assertThat(sink.seen).hasSize(2);
        assertThat(client.watchLinks).as("no stream was broken for it").hasSize(1);
    }

    @Test
    void startsWithASnapshotThenEveryEvent() {
        SimWorld world = new SimWorld(31);
        SimWorld.Client client = world.client();
        put(client, "a");
        world.runFor(Duration.ofSeconds(1));
        Sink sink = new Sink();
        watch(client, sink, 0);
        world.runFor(Duration.ofSeconds(1));
        put(client, "a");
        put(client, "b");
        world.runFor(Duration.ofSeconds(1));
        assertThat(sink.seen).hasSize(3);
        assertThat(sink.seen.get(0)).isInstanceOfSatisfying(Seen.Whole.class, whole -> {
            assertThat(whole.afterGap()).isFalse();
            assertThat(whole.versions()).containsEntry("a", 1L);
        });
    }

    @ParameterizedTest(name = "cut off from its leader={0}")
    @ValueSource(booleans = {false, true})
    void aMemberThatFellSilentOrIsCutOffIsNoticedAndTheWatchGoesOnElsewhere(boolean isolated) {
        SimWorld world = new SimWorld(36);
        SimWorld.Client writer = world.client();
        SimWorld.Client watcher = world.client();
        Sink sink = new Sink();
        watch(watcher, sink, 0);
        watch(watcher, new Sink(), 0);
        world.runUntil(() -> sink.seen.size() == 1, Duration.ofSeconds(1));
        String member = watcher.watchLinks.get(0).endpoint();
        (isolated ? world.isolatedMembers : world.silentMembers).add(member);
        put(writer, "a");
        world.runUntil(() -> sink.seen.size() == 2, Duration.ofSeconds(isolated ? 8 : 6));
        assertThat(sink.seen.get(1)).isInstanceOf(Seen.Event.class);
        assertThat(sink.ends).isEmpty();
    }

    @Test
    void aQuietMemberIsAskedOnceForAllWatchesThere() {
        SimWorld world = new SimWorld(37);
        SimWorld.Client client = world.client();
        for (int i = 0; i < 100; i++) {
            watch(client, new Sink(), 0);
        }
        world.runFor(Duration.ofSeconds(1));
        int before = client.probes;
        int links = client.watchLinks.size();
        world.runFor(Duration.ofSeconds(30));
        assertThat(client.probes - before)
                .as("three members, every three seconds")
                .isBetween(24, 33);
        assertThat(client.watchLinks).as("and nobody is left for being quiet").hasSize(links);
    }

    @Test
    void aGapByCompactionIsAMarkedSnapshotAndItGoesOn() {
        SimWorld world = new SimWorld(32);
        SimWorld.Client client = world.client();
        Sink sink = new Sink();
        watch(client, sink, 0);
        world.runFor(Duration.ofSeconds(1));
        put(client, "a");
        world.runFor(Duration.ofSeconds(1));
        SimWorld.Client other = world.client();
        client.cut = true;
        put(other, "b");
        put(other, "c");
        world.runFor(Duration.ofSeconds(1));
        world.cluster.watches.compact();
        client.cut = false;
        breakWatches(client);
        world.runFor(Duration.ofSeconds(2));
        put(other, "d");
        world.runFor(Duration.ofSeconds(1));
        assertThat(sink.seen.get(2)).isInstanceOfSatisfying(Seen.Whole.class, whole -> {
            assertThat(whole.afterGap()).isTrue();
            assertThat(whole.versions()).containsOnlyKeys("a", "b", "c");
        });
        assertThat(sink.seen.get(3))
                .isInstanceOfSatisfying(
                        Seen.Event.class, event -> assertThat(event.key()).isEqualTo("d"));
        assertThat(sink.ends).isEmpty();
    }

    @Test
    void halfASnapshotOfAnotherIncarnationIsAskedForAgain() {
        SimWorld world = new SimWorld(37);
        SimWorld.Client client = world.client();
        Sink sink = new Sink();
        watch(client, sink, 1);
        for (int i = 0; i < 9; i++) {
            put(client, "a");
            world.runFor(Duration.ofSeconds(1));
        }
        world.cluster.watches.becomeAnother(3);
        world.cluster.watches.half = true;
        breakWatches(client);
        world.runFor(Duration.ofSeconds(1));
        world.cluster.watches.half = false;
        breakWatches(client);
        world.runFor(Duration.ofSeconds(1));
        assertThat(sink.seen.get(sink.seen.size() - 1)).isInstanceOfSatisfying(Seen.Whole.class, whole -> {
            assertThat(whole.revision()).isEqualTo(3);
            assertThat(whole.afterGap()).isTrue();
        });
    }

    @Test
    void aSlowConsumerHoldsTheStreamBack() {
        SimWorld world = new SimWorld(33);
        SimWorld.Client client = world.client();
        Sink sink = new Sink();
        WatchAgent<Seen> agent = watch(client, sink, 0);
        world.runFor(Duration.ofSeconds(1));
        agent.room(false);
        for (int i = 0; i < 50; i++) {
            put(client, "k" + i);
            world.runFor(Duration.ofMillis(20));
        }
        assertThat(sink.seen.size()).as("what was requested before, no more").isLessThanOrEqualTo(2);
        agent.room(true);
        world.runFor(Duration.ofSeconds(1));
        assertThat(sink.seen).hasSize(51);
    }

    @Test
    void closingTheClientTellsTheConsumer() {
        SimWorld world = new SimWorld(34);
        SimWorld.Client client = world.client();
        Sink sink = new Sink();
        watch(client, sink, 0);
        world.runFor(Duration.ofSeconds(1));
        client.core.close();
        world.runFor(Duration.ofSeconds(1));
        assertThat(sink.ends).hasSize(1);
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void everyEventOnceInOrderAcrossBrokenStreamsAndCompactions(long seed) {
        SimWorld world = new SimWorld(seed);
        SimWorld.Client writer = world.client();
        SimWorld.Client client = world.client();
        Sink sink = new Sink();
        watch(client, sink, 0);
        for (int i = 0; i < 300; i++) {
            String key = "k" + world.random.nextInt(10);
            world.at(world.random.nextInt(10_000) * SimWorld.MILLI, () -> put(writer, key));
        }
        for (int i = 0; i < 20; i++) {
            world.at(world.random.nextInt(10_000) * SimWorld.MILLI, () -> breakWatches(client));
        }
        for (int i = 0; i < 3; i++) {
            world.at(world.random.nextInt(10_000) * SimWorld.MILLI, world.cluster.watches::compact);
        }
        world.runFor(Duration.ofSeconds(15));

        TreeMap<String, Long> state = new TreeMap<>();
        long revision = 0;
        for (Seen seen : sink.seen) {
            if (seen instanceof Seen.Whole whole) {
                assertThat(whole.revision()).as("seed=%d", seed).isGreaterThanOrEqualTo(revision);
                state = new TreeMap<>(whole.versions());
                revision = whole.revision();
            } else if (seen instanceof Seen.Event event) {
                assertThat(event.revision()).as("seed=%d", seed).isGreaterThan(revision);
                revision = event.revision();
                assertThat(event.version())
                        .as("seed=%d: none was missed", seed)
                        .isEqualTo(state.getOrDefault(event.key(), 0L) + 1);
                state.put(event.key(), event.version());
            }
        }
        TreeMap<String, Long> actual = new TreeMap<>();
        world.cluster.keys.forEach((key, entry) -> actual.put(key, entry.getVersion()));
        assertThat(state).as("seed=%d", seed).isEqualTo(actual);
    }
}
