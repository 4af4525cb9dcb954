package io.gavel.client.internal.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A session that opens when nobody wants it any more does not stay on the cluster for its TTL. */
class SessionOpeningTest {
    private static final long HOUR = 3_600 * SimWorld.SECOND;

    private final SimWorld world = new SimWorld(43);
    private final SimWorld.Client client = world.client();

    static LongStream seeds() {
        return LongStream.concat(LongStream.range(1, 60), LongStream.of(System.nanoTime()));
    }

    private void connect() {
        Told<QueryResult> told = read();
        world.runUntil(told::isDone, Duration.ofSeconds(1));
    }

    private Told<QueryResult> read() {
        Told<QueryResult> told = new Told<>();
        client.core.read(
                Query.newBuilder()
                        .setGet(GetQuery.newBuilder().setKey(ByteString.copyFromUtf8("k")))
                        .build(),
                client.deadline(Duration.ofSeconds(5)),
                told);
        return told;
    }

    private Told<SessionSlot.Opened> open(Duration wait) {
        Told<SessionSlot.Opened> told = new Told<>();
        client.core.open(HOUR, client.deadline(wait), told);
        return told;
    }

    private static long live(SimWorld world) {
        return world.cluster.sessions.values().stream()
                .filter(session -> !session.over)
                .count();
    }

    @Test
    void whatOpensAfterItsClientWasClosedIsClosedToo() {
        connect();
        Told<SessionSlot.Opened> told = open(Duration.ofSeconds(5));
        world.runUntil(() -> live(world) == 1, Duration.ofSeconds(1));
        assertThat(told.isDone()).isFalse();
        client.core.close();
        assertThat(told.isDone()).as("the caller need not wait").isTrue();
        world.runUntil(client.core::isClosed, Duration.ofSeconds(1));
        assertThat(live(world)).isZero();
    }

    @Test
    void aClientIsClosedInTimeAlthoughNoMemberSaysWhetherASessionOpened() {
        connect();
        open(Duration.ofSeconds(5));
        world.runUntil(() -> live(world) == 1, Duration.ofSeconds(1));
        client.cut = true;
        client.core.close();
        world.runUntil(client.core::isClosed, Duration.ofSeconds(2));
    }

    @Test
    void aClientIsClosedAtOnceWhenNothingOfAnOpeningWasSent() {
        open(Duration.ofSeconds(5));
        client.core.close();
        world.runUntil(client.core::isClosed, Duration.ofNanos(1));
    }

    @Test
    void whatOpensAfterItsCallerGaveUpIsClosed() {
        connect();
        Told<SessionSlot.Opened> told = open(Duration.ofNanos(1));
        world.runUntil(told::isDone, Duration.ofSeconds(1));
        assertThat(told.result).isNull();
        world.runFor(Duration.ofSeconds(1));
        assertThat(world.cluster.sessions).hasSize(1);
        assertThat(live(world)).isZero();
    }

    @Test
    void whatOpenedUnheardIsClosedWhenMembersAnswerAgain() {
        connect();
        world.lostReplies = 1;
        Told<SessionSlot.Opened> told = open(Duration.ofSeconds(30));
        world.runUntil(told::isDone, Duration.ofSeconds(31));
        assertThat(live(world)).as("an attempt each five seconds").isGreaterThan(3);
        world.lostReplies = 0;
        world.runFor(Duration.ofSeconds(10));
        assertThat(live(world)).isZero();
    }

    @Test
    void aClusterThatHangsIsAskedSeldomForWhatNobodyWaitsFor() {
        connect();
        world.lostReplies = 1;
        Told<SessionSlot.Opened> told = open(Duration.ofMillis(500));
        world.runUntil(told::isDone, Duration.ofSeconds(1));
        List<SimWorld.SimLink> links = List.copyOf(client.links);
        int before = world.commandsArrived;
        for (int second = 0; second < 60; second++) {
            // Unanswered too, so that streams are given up oftener than the opening is due.
            read();
            world.runFor(Duration.ofSeconds(1));
        }
        assertThat(client.links).as("streams were given up meanwhile").doesNotContainAnyElementsOf(links);
        assertThat(world.commandsArrived - before).as("every five seconds").isBetween(11, 13);
    }

    @Test
    void ofEndlesslyManyOnlySoManyAreLookedFor() {
        connect();
        world.lostReplies = 1;
        int count = OpenStream.MAX_UNWANTED + 10;
        List<Told<SessionSlot.Opened>> opened = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            opened.add(open(Duration.ofSeconds(4)));
        }
        world.runUntil(() -> opened.stream().allMatch(Told::isDone), Duration.ofSeconds(5));
        world.lostReplies = 0;
        world.runFor(Duration.ofSeconds(10));
        assertThat(world.cluster.sessions).hasSize(count);
        assertThat(live(world)).isEqualTo(10);
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void onlyWhatItsCallerHasStaysWheneverCallersGiveUp(long seed) {
        SimWorld chaos = new SimWorld(seed);
        chaos.lostReplies = 0.1;
        chaos.brokenStreams = 0.05;
        SimWorld.Client caller = chaos.client();
        List<Told<SessionSlot.Opened>> opened = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            chaos.at(chaos.random.nextInt(10_000) * SimWorld.MILLI, () -> {
                Told<SessionSlot.Opened> told = new Told<>();
                opened.add(told);
                caller.core.open(HOUR, caller.deadline(Duration.ofMillis(chaos.random.nextInt(500))), told);
            });
        }
        chaos.runFor(Duration.ofSeconds(11));
        chaos.lostReplies = 0;
        chaos.brokenStreams = 0;
        chaos.runFor(Duration.ofSeconds(20));
        long[] wanted = opened.stream()
                .filter(told -> told.result != null)
                .mapToLong(told -> Objects.requireNonNull(told.result).session().id())
                .sorted()
                .toArray();
        assertThat(chaos.cluster.sessions.values().stream()
                        .filter(session -> !session.over)
                        .mapToLong(session -> session.id)
                        .sorted()
                        .toArray())
                .as("seed=%d", seed)
                .isEqualTo(wanted);
    }
}
