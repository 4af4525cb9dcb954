package io.gavel.client.internal.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.Outcome;
import io.gavel.client.error.RequestId;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Put;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules 5 to 7: one effect a request, and the truth about it. */
class ExactlyOnceTest {
    private static final int INCREMENTS = 400;

    static LongStream seeds() {
        return LongStream.concat(LongStream.range(1, 40), LongStream.of(System.nanoTime()));
    }

    static ByteString increment() {
        return Command.newBuilder()
                .setPut(Put.newBuilder().setKey(ByteString.copyFromUtf8("counter")))
                .build()
                .toByteString();
    }

    private static long counter(SimWorld world) {
        var entry = world.cluster.keys.get("counter");
        return entry == null ? 0 : entry.getVersion();
    }

    private static Told<CommandResult> put(SimWorld.Client client, Duration timeout) {
        Told<CommandResult> told = new Told<>();
        client.core.execute(client.core.ownSession(), increment(), client.deadline(timeout), told);
        return told;
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void theCounterEqualsWhatWasAppliedWhileRepliesAreLostAndStreamsBreak(long seed) {
        SimWorld world = new SimWorld(seed);
        world.lostReplies = 0.10;
        world.brokenStreams = 0.02;
        world.reorder = true;
        SimWorld.Client client = world.client(Duration.ofSeconds(10), Duration.ofSeconds(2));
        List<Told<CommandResult>> all = new ArrayList<>();
        for (int i = 0; i < INCREMENTS; i++) {
            world.at(world.random.nextInt(4_000) * SimWorld.MILLI, () -> all.add(put(client, Duration.ofSeconds(2))));
        }
        for (int outage = 0; outage < 3; outage++) {
            long start = world.random.nextInt(4_000) * SimWorld.MILLI;
            world.at(start, () -> world.cluster.available = false);
            world.at(start + 400 * SimWorld.MILLI, () -> world.cluster.available = true);
        }
        world.runFor(Duration.ofSeconds(5));
        world.cluster.available = true;
        world.lostReplies = 0;
        world.brokenStreams = 0;
        world.runUntil(() -> all.stream().allMatch(Told::isDone), Duration.ofSeconds(20));

        long applied = 0;
        for (Told<CommandResult> told : all) {
            if (told.error == null) {
                applied++;
            } else if (told.error.outcome() == Outcome.UNKNOWN) {
                Told<Outcome> later = new Told<>();
                client.core.outcomeOf(Objects.requireNonNull(told.error.requestId()), later);
                world.runUntil(later::isDone, Duration.ofSeconds(20));
                assertThat(later.result).as("seed=%d, %s", seed, told.error).isNotEqualTo(Outcome.UNKNOWN);
                applied += later.result == Outcome.APPLIED ? 1 : 0;
            }
        }
        assertThat(all).hasSize(INCREMENTS);
        assertThat(counter(world)).as("seed=%d", seed).isEqualTo(applied);
        assertThat(new HashSet<>(world.cluster.executed)).hasSameSizeAs(world.cluster.executed);
    }

    /** Attempt 1 hangs in flight, attempt 2 is refused before the log, then attempt 1 commits. */
    @Test
    void aRefusedSecondAttemptDoesNotMakeTheFirstOneNotApplied() {
        SimWorld world = new SimWorld(1);
        SimWorld.Client client = world.client();
        Told<CommandResult> first = put(client, Duration.ofSeconds(5));
        world.runUntil(first::isDone, Duration.ofSeconds(2));
        world.lostReplies = 1;
        Told<CommandResult> told = put(client, Duration.ofSeconds(1));
        world.runUntil(() -> counter(world) == 2, Duration.ofSeconds(1));
        world.lostReplies = 0;
        world.cluster.available = false;
        client.breakLinks();
        world.runUntil(told::isDone, Duration.ofSeconds(2));

        assertThat(Objects.requireNonNull(told.error).outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(told.error.code()).isEqualTo(ErrorCode.DEADLINE);
        RequestId request = Objects.requireNonNull(told.error.requestId());
        Told<Outcome> outcome = new Told<>();
        client.core.outcomeOf(request, outcome);
        world.cluster.available = true;
        world.runUntil(outcome::isDone, Duration.ofSeconds(5));
        assertThat(outcome.result).isEqualTo(Outcome.APPLIED);
        assertThat(counter(world)).isEqualTo(2);
    }

    @Test
    void aCallerIsToldAtItsDeadlineThoughNoStreamIsReady() {
        SimWorld world = new SimWorld(3);
        SimWorld.Client client = world.client();
        Told<CommandResult> first = put(client, Duration.ofSeconds(5));
        world.runUntil(first::isDone, Duration.ofSeconds(2));
        world.silentMembers.addAll(List.of("n1:7400", "n2:7400", "n3:7400"));
        client.breakLinks();
        long asked = world.now();
        Told<CommandResult> told = put(client, Duration.ofMillis(1_111));
        world.runUntil(told::isDone, Duration.ofSeconds(3));

        assertThat((world.now() - asked) / SimWorld.MILLI).isEqualTo(1_111);
    }

    @Test
    void aRequestThatEveryAttemptWasRefusedBeforeTheLogIsNotApplied() {
        SimWorld world = new SimWorld(2);
        SimWorld.Client client = world.client();
        Told<CommandResult> first = put(client, Duration.ofSeconds(5));
        world.runUntil(first::isDone, Duration.ofSeconds(2));
        world.cluster.available = false;
        Told<CommandResult> told = put(client, Duration.ofSeconds(1));
        world.runUntil(told::isDone, Duration.ofSeconds(2));

        assertThat(Objects.requireNonNull(told.error).outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(told.error.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        world.cluster.available = true;
        world.runFor(Duration.ofSeconds(5));
        assertThat(counter(world)).isEqualTo(1);
    }

    @Test
    void aDeadlineDoesNotReleaseTheSequence() {
        SimWorld world = new SimWorld(3);
        SimWorld.Client client = world.client();
        Told<CommandResult> first = put(client, Duration.ofSeconds(5));
        world.runUntil(first::isDone, Duration.ofSeconds(2));
        world.lostReplies = 1;
        Told<CommandResult> hanging = put(client, Duration.ofMillis(300));
        world.runUntil(hanging::isDone, Duration.ofSeconds(1));
        SimCluster.Session session = world.cluster.sessions.values().iterator().next();
        world.runFor(Duration.ofMillis(1_200));
        assertThat(session.floor)
                .as("the floor waits for the unanswered sequence")
                .isEqualTo(2);
        assertThat(session.results).containsKey(2L);

        world.lostReplies = 0;
        world.runFor(Duration.ofSeconds(4));
        Told<CommandResult> next = put(client, Duration.ofSeconds(5));
        world.runUntil(next::isDone, Duration.ofSeconds(2));
        assertThat(session.floor).isEqualTo(3);
        assertThat(counter(world)).isEqualTo(3);
    }

    @Test
    void noMoreThanTheWindowIsEverInFlightAndTheRestWaitsItsTurn() {
        SimWorld world = new SimWorld(4);
        world.reorder = true;
        SimWorld.Client client = world.client(Duration.ofSeconds(10), Duration.ofSeconds(30));
        List<Told<CommandResult>> all = new ArrayList<>();
        for (int i = 0; i < 5 * CommandWindow.WINDOW; i++) {
            all.add(put(client, Duration.ofSeconds(30)));
        }
        // The model cluster itself fails the run when a sequence is beyond the window.
        world.runUntil(() -> all.stream().allMatch(Told::isDone), Duration.ofSeconds(30));
        assertThat(all).allMatch(told -> told.error == null);
        assertThat(counter(world)).isEqualTo(5 * CommandWindow.WINDOW);
    }

    /** What no member takes is never in the log: asked for until the log decides, it would hold up all that follows. */
    @Test
    void aCommandThatMembersRefuseForItsBytesDoesNotHoldUpTheSessionWhenAnAnswerWasLost() {
        SimWorld world = new SimWorld(7);
        SimWorld.Client client = world.client();
        Told<CommandResult> first = put(client, Duration.ofSeconds(5));
        world.runUntil(first::isDone, Duration.ofSeconds(2));
        world.cluster.refused = ByteString.copyFromUtf8("\n");
        world.lostReplies = 1;
        Told<CommandResult> refused = new Told<>();
        client.core.execute(
                client.core.ownSession(), world.cluster.refused, client.deadline(Duration.ofSeconds(5)), refused);
        world.runFor(Duration.ofMillis(100));
        world.lostReplies = 0;
        client.breakLinks();
        world.runUntil(refused::isDone, Duration.ofSeconds(6));
        assertThat(Objects.requireNonNull(refused.error).code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(refused.error.outcome())
                .as("nobody heard of the first attempt")
                .isEqualTo(Outcome.UNKNOWN);

        List<Told<CommandResult>> all = new ArrayList<>();
        for (int i = 0; i < 2 * CommandWindow.WINDOW; i++) {
            all.add(put(client, Duration.ofSeconds(30)));
        }
        world.runUntil(() -> all.stream().allMatch(Told::isDone), Duration.ofSeconds(30));
        assertThat(all).allMatch(told -> told.error == null);
    }

    @Test
    void aFullQueueRefusesAtOnceWithoutEffect() {
        SimWorld world = new SimWorld(5);
        world.cluster.available = false;
        SimWorld.Client client = world.client(Duration.ofSeconds(10), Duration.ofSeconds(30));
        List<Told<CommandResult>> all = new ArrayList<>();
        for (int i = 0; i < CommandWindow.MAX_QUEUED + CommandWindow.WINDOW + 1; i++) {
            all.add(put(client, Duration.ofSeconds(30)));
        }
        Told<CommandResult> last = all.get(all.size() - 1);
        assertThat(Objects.requireNonNull(last.error).code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(last.error.outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(all.get(0).isDone()).isFalse();
    }

    @Test
    void requestsOfASessionThatEndedMeanwhileAreUnknownAndLaterOnesUseANewSession() {
        SimWorld world = new SimWorld(6);
        SimWorld.Client client = world.client();
        Told<CommandResult> first = put(client, Duration.ofSeconds(5));
        world.runUntil(first::isDone, Duration.ofSeconds(2));
        world.lostReplies = 1;
        Told<CommandResult> hanging = put(client, Duration.ofSeconds(30));
        world.runUntil(() -> counter(world) == 2, Duration.ofSeconds(1));
        world.cluster.end(world.cluster.sessions.values().iterator().next());
        world.lostReplies = 0;
        world.runUntil(hanging::isDone, Duration.ofSeconds(20));
        assertThat(Objects.requireNonNull(hanging.error).code()).isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(hanging.error.outcome()).isEqualTo(Outcome.UNKNOWN);

        Told<CommandResult> later = put(client, Duration.ofSeconds(5));
        world.runUntil(later::isDone, Duration.ofSeconds(5));
        assertThat(later.error).isNull();
        assertThat(world.cluster.sessions).hasSize(2);
    }
}
