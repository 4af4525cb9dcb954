package io.gavel.client.internal.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.client.ConnectionState;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.Outcome;
import io.gavel.client.session.SessionState;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Moving between members, and giving up. */
class FailoverTest {
    private final SimWorld world = new SimWorld(41);
    private final SimWorld.Client client = world.client();

    private Told<QueryResult> get() {
        return get(client);
    }

    private static Told<QueryResult> get(SimWorld.Client client) {
        Told<QueryResult> told = new Told<>();
        client.core.read(
                Query.newBuilder()
                        .setGet(GetQuery.newBuilder().setKey(ByteString.copyFromUtf8("k")))
                        .build(),
                client.deadline(Duration.ofSeconds(5)),
                told);
        return told;
    }

    private Told<CommandResult> put() {
        return put(client);
    }

    private static Told<CommandResult> put(SimWorld.Client client) {
        Told<CommandResult> told = new Told<>();
        client.core.execute(
                client.core.ownSession(), ExactlyOnceTest.increment(), client.deadline(Duration.ofSeconds(5)), told);
        return told;
    }

    @Test
    void aMemberThatDiesCostsMillisecondsAndNoSession() {
        Told<CommandResult> first = put();
        world.runUntil(first::isDone, Duration.ofSeconds(1));
        for (String member : List.of("n1:7400", "n2:7400", "n3:7400")) {
            world.downMembers.add(member);
            client.breakLinks();
            Told<CommandResult> next = put();
            Told<QueryResult> read = get();
            world.runUntil(() -> next.isDone() && read.isDone(), Duration.ofMillis(200));
            assertThat(next.error).isNull();
            assertThat(read.error).isNull();
            world.downMembers.clear();
        }
        assertThat(world.cluster.sessions).hasSize(1);
    }

    @Test
    void aMemberThatStopsWithoutAWordIsLeftWithinTwoSeconds() {
        Told<CommandResult> first = put();
        Told<QueryResult> warm = get();
        world.runUntil(() -> first.isDone() && warm.isDone(), Duration.ofSeconds(1));
        client.links.forEach(link -> world.silentMembers.add(link.endpoint));
        assertThat(world.silentMembers).hasSizeLessThan(3);
        Told<CommandResult> command = put();
        Told<QueryResult> read = get();
        world.runUntil(() -> command.isDone() && read.isDone(), Duration.ofSeconds(2));
        assertThat(command.error).isNull();
        assertThat(read.error).isNull();
        assertThat(Objects.requireNonNull(world.cluster.keys.get("counter")).getVersion())
                .isEqualTo(2);
    }

    /** Requests come one after another, so that no stream falls silent. */
    @Test
    void aMemberThatLagsTooFarToAnswerIsLeft() {
        Told<CommandResult> first = put();
        Told<QueryResult> warm = get();
        world.runUntil(() -> first.isDone() && warm.isDone(), Duration.ofSeconds(1));
        client.links.forEach(link -> world.laggingMembers.add(link.endpoint));
        assertThat(world.laggingMembers).hasSizeLessThan(3);
        List<Told<SessionSlot.Opened>> opened = new ArrayList<>();
        List<Told<CommandResult>> written = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Told<SessionSlot.Opened> told = new Told<>();
            client.core.open(3 * SimWorld.SECOND, client.deadline(Duration.ofMillis(1_500)), told);
            opened.add(told);
            written.add(put());
            world.runFor(Duration.ofMillis(300));
        }
        world.runUntil(() -> opened.stream().allMatch(Told::isDone), Duration.ofSeconds(2));
        assertThat(opened.get(29).error).isNull();
        assertThat(written.get(29).error).isNull();
    }

    @Test
    void anOverloadedClusterIsAskedLessAndLessOften() {
        Told<CommandResult> first = put();
        world.runUntil(first::isDone, Duration.ofSeconds(1));
        world.cluster.overloaded = true;
        int before = world.commandsArrived;
        List<Told<CommandResult>> refused = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            refused.add(put());
        }
        world.runFor(Duration.ofSeconds(4));
        assertThat(world.commandsArrived - before)
                .as("ten attempts each: after 20 ms, 40 ms and so on to 1 s, with jitter")
                .isBetween(900, 1_200);
        world.cluster.overloaded = false;
        world.runUntil(() -> refused.stream().allMatch(Told::isDone), Duration.ofSeconds(2));
        assertThat(refused.stream().filter(told -> told.error == null)).isNotEmpty();
    }

    @Test
    void aClusterThatBecomesSlowIsNotAskedForEverythingTwice() {
        for (int i = 0; i < 20; i++) {
            Told<CommandResult> told = put();
            world.runUntil(told::isDone, Duration.ofSeconds(1));
        }
        world.slowNanos = 300 * SimWorld.MILLI;
        int before = world.commandsArrived;
        List<Told<CommandResult>> many = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            many.add(put());
        }
        world.runUntil(() -> many.stream().allMatch(Told::isDone), Duration.ofSeconds(4));
        assertThat(many).allMatch(told -> told.error == null);
        assertThat(world.commandsArrived - before)
                .as("at most 16 repeats in 100 ms")
                .isLessThan(500 + 150);

        world.runFor(Duration.ofSeconds(1));
        int later = world.commandsArrived;
        for (int i = 0; i < 20; i++) {
            Told<CommandResult> told = put();
            world.runUntil(told::isDone, Duration.ofSeconds(4));
        }
        assertThat(world.commandsArrived - later)
                .as("it has learnt how slow the cluster is")
                .isLessThan(26);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 300, 450})
    void aClusterThatIsOnlySlowIsServedFromOneSession(int slowMillis) {
        world.slowNanos = slowMillis * SimWorld.MILLI;
        SimWorld.Client hasty = world.client(Duration.ofSeconds(3), Duration.ofSeconds(5));
        List<Told<CommandResult>> commands = new ArrayList<>();
        List<Told<QueryResult>> reads = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Told<CommandResult> command = put(hasty);
            Told<QueryResult> read = get(hasty);
            commands.add(command);
            reads.add(read);
            world.runUntil(() -> command.isDone() && read.isDone(), Duration.ofSeconds(6));
        }
        assertThat(reads).as("reads need no session").allMatch(told -> told.error == null);
        assertThat(commands.subList(5, 60))
                .as("once it has learnt how slow the cluster is")
                .allMatch(told -> told.error == null);
        assertThat(commands.stream().filter(told -> told.error != null)).hasSizeLessThanOrEqualTo(1);
        long live = world.cluster.sessions.values().stream()
                .filter(session -> !session.over)
                .count();
        assertThat(live).isEqualTo(1);
    }

    @Test
    void aMemberThatStopsAnsweringRenewalsIsLeftEarlyAgainOnceTheClusterIsFast() {
        world.slowNanos = 450 * SimWorld.MILLI;
        SimWorld.Client hasty = world.client(Duration.ofSeconds(3), Duration.ofSeconds(5));
        Told<CommandResult> first = put(hasty);
        world.runUntil(first::isDone, Duration.ofSeconds(6));
        world.runFor(Duration.ofSeconds(20));
        world.slowNanos = 0;
        world.runFor(Duration.ofSeconds(30));
        hasty.links.stream()
                .filter(SimWorld.SimLink::carriesSession)
                .forEach(link -> world.silentMembers.add(link.endpoint));
        assertThat(world.silentMembers).hasSize(1);
        world.runUntil(
                () -> hasty.links.stream()
                        .anyMatch(link -> link.carriesSession() && !world.silentMembers.contains(link.endpoint)),
                Duration.ofSeconds(2));
        world.runFor(Duration.ofSeconds(5));
        assertThat(hasty.links.stream().filter(SimWorld.SimLink::carriesSession))
                .hasSize(1);
    }

    @Test
    void aReadIsAskedAgainWhenItsAnswerIsLost() {
        Told<QueryResult> warm = get();
        world.runUntil(warm::isDone, Duration.ofSeconds(1));
        world.lostReplies = 1;
        Told<QueryResult> told = get();
        world.runFor(Duration.ofMillis(150));
        world.lostReplies = 0;
        world.runUntil(told::isDone, Duration.ofSeconds(1));
        assertThat(told.error).isNull();
    }

    @Test
    void aDeadClusterIsRefusedAtOnceAfterAWhileAndFoundAgainByProbes() {
        world.downMembers.addAll(List.of("n1:7400", "n2:7400", "n3:7400"));
        Told<QueryResult> slow = get();
        world.runUntil(slow::isDone, Duration.ofSeconds(6));
        assertThat(Objects.requireNonNull(slow.error).code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(slow.error.message()).contains("n1:7400", "n2:7400", "n3:7400", "connection refused");
        world.runUntil(() -> client.core.state() == ConnectionState.DISCONNECTED, Duration.ofSeconds(15));
        Told<QueryResult> fast = get();
        assertThat(Objects.requireNonNull(fast.error).code()).isEqualTo(ErrorCode.CIRCUIT_OPEN);

        world.downMembers.clear();
        world.runUntil(() -> client.core.state() == ConnectionState.READY, Duration.ofSeconds(3));
        Told<QueryResult> again = get();
        world.runUntil(again::isDone, Duration.ofSeconds(1));
        assertThat(again.error).isNull();
    }

    @Test
    void sessionStatesFollowTheRenewals() {
        Told<SessionAgent> open = new Told<>();
        client.core.whenOpen(client.core.ownSession(), client.deadline(Duration.ofSeconds(5)), open);
        world.runUntil(open::isDone, Duration.ofSeconds(1));
        List<SessionState> states = new ArrayList<>();
        client.core.listen(Objects.requireNonNull(open.result), states::add);
        world.runFor(Duration.ofSeconds(60));
        assertThat(states).as("renewed by itself").isEmpty();
        world.cluster.available = false;
        world.runUntil(() -> !states.isEmpty(), Duration.ofSeconds(8));
        assertThat(states).containsExactly(SessionState.SUSPECT);
        world.cluster.available = true;
        world.runFor(Duration.ofSeconds(1));
        assertThat(states).containsExactly(SessionState.SUSPECT, SessionState.ACTIVE);
        client.cut = true;
        world.runFor(Duration.ofSeconds(11));
        assertThat(states)
                .containsExactly(SessionState.SUSPECT, SessionState.ACTIVE, SessionState.SUSPECT, SessionState.EXPIRED);
    }

    @Test
    void aSessionThatIsOpenedWithALostAnswerIsTheSameOne() {
        world.lostReplies = 0.7;
        Told<CommandResult> told = put();
        world.runFor(Duration.ofSeconds(2));
        world.lostReplies = 0;
        world.runUntil(told::isDone, Duration.ofSeconds(4));
        assertThat(told.error).isNull();
        assertThat(world.cluster.sessions).hasSize(1);
    }

    @Test
    void anOpeningWhoseAnswerWasLostMayHaveTakenEffectAlthoughNoMemberAnswersAnyMore() {
        Told<QueryResult> connected = get();
        world.runUntil(connected::isDone, Duration.ofSeconds(1));
        world.lostReplies = 1;
        Told<SessionSlot.Opened> told = new Told<>();
        client.core.open(SimWorld.SECOND, client.deadline(Duration.ofMillis(800)), told);
        world.runUntil(() -> !world.cluster.sessions.isEmpty(), Duration.ofSeconds(1));
        world.downMembers.addAll(List.of("n1:7400", "n2:7400", "n3:7400"));
        client.breakLinks();
        world.runUntil(told::isDone, Duration.ofSeconds(2));
        assertThat(Objects.requireNonNull(told.error).outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void anOpeningThatEveryMemberRefusedIsNotApplied() {
        world.cluster.available = false;
        Told<SessionSlot.Opened> told = new Told<>();
        client.core.open(SimWorld.SECOND, client.deadline(Duration.ofMillis(800)), told);
        world.runUntil(told::isDone, Duration.ofSeconds(2));
        assertThat(Objects.requireNonNull(told.error).outcome()).isEqualTo(Outcome.NOT_APPLIED);
    }

    @Test
    void whatANewerMemberSaysBesideIsIgnored() {
        world.cluster.newer = true;
        Told<CommandResult> first = put();
        world.runUntil(first::isDone, Duration.ofSeconds(1));
        assertThat(first.error).isNull();
        List<SimWorld.SimLink> links = List.copyOf(client.links);
        world.runFor(Duration.ofSeconds(30));
        assertThat(client.links).as("no stream was broken for it").isEqualTo(links);
        assertThat(world.cluster.sessions).hasSize(1);
    }

    @Test
    void anIdleClientDoesNotSpin() {
        Told<CommandResult> first = put();
        world.runUntil(first::isDone, Duration.ofSeconds(1));
        int[] turns = {0};
        world.check = () -> turns[0]++;
        world.runFor(Duration.ofSeconds(60));
        assertThat(turns[0]).as("clock entries, renewals and their answers").isLessThan(600);
    }
}
