package io.gavel.client.internal.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.Outcome;
import io.gavel.client.lock.LockOptions;
import io.gavel.client.lock.LossReason;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ForceReleaseLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Locks: who holds, who is told, and that nobody is left behind in the queue. */
class GrantTest {
    private static final Duration SOON = Duration.ofSeconds(3);

    private final SimWorld world = new SimWorld(11);
    private final SimWorld.Client alice = world.client();
    private final SimWorld.Client bob = world.client();

    static LongStream seeds() {
        return LongStream.concat(LongStream.range(1, 60), LongStream.of(System.nanoTime()));
    }

    private static final class Losses implements Grant.LossListener {
        final List<LossReason> reasons = new ArrayList<>();

        @Override
        public void onLoss(LossReason reason) {
            reasons.add(reason);
        }

        @Override
        public void onSuspect(boolean suspect) {}
    }

    private record Asked(Told.OfGrant told, Object handle) {}

    private static Asked ask(SimWorld.Client client, long waitNanos) {
        Told.OfGrant told = new Told.OfGrant();
        Object handle = client.core.acquire(
                client.core.ownSession(),
                GrantRequest.lock("l", LockOptions.EXCLUSIVE, waitNanos),
                SOON.toNanos(),
                told);
        return new Asked(told, Objects.requireNonNull(handle));
    }

    private Grant hold(SimWorld.Client client) {
        Asked asked = ask(client, GrantRequest.FOR_EVER);
        world.runUntil(asked.told::isDone, SOON);
        return Objects.requireNonNull(asked.told.grant);
    }

    private void release(SimWorld.Client client, Grant grant) {
        assertThat(grant.markReleased()).isTrue();
        Told<CommandResult> told = new Told<>();
        client.core.release(grant, client.deadline(SOON), told);
        world.runUntil(told::isDone, SOON);
    }

    @Test
    void theNextWaiterIsGrantedByTheReleaseWithAGreaterToken() {
        Grant first = hold(alice);
        Asked second = ask(bob, GrantRequest.FOR_EVER);
        world.runFor(Duration.ofSeconds(30));
        assertThat(second.told.isDone()).isFalse();
        release(alice, first);
        world.runUntil(second.told::isDone, SOON);
        assertThat(Objects.requireNonNull(second.told.grant).token()).isGreaterThan(first.token());
        assertThat(first.isHeld()).isFalse();
        assertThat(second.told.grant.isHeld()).isTrue();
    }

    @Test
    void tryingOnceAndATimedWaitEndWithoutAGrantAndWithoutATrace() {
        hold(alice);
        Asked once = ask(bob, 0);
        Asked timed = ask(bob, Duration.ofSeconds(1).toNanos());
        world.runUntil(() -> once.told.isDone() && timed.told.isDone(), SOON);
        assertThat(once.told.late).isTrue();
        assertThat(timed.told.late).isTrue();
        assertThat(world.cluster.locks.members("l", false)).hasSize(1);
    }

    @Test
    void aTimedWaitEndsAlthoughTheClusterIsGoneAndTheQueueIsLeftWhenItIsBack() {
        hold(alice);
        Asked timed = ask(bob, Duration.ofSeconds(1).toNanos());
        world.runFor(Duration.ofMillis(500));
        bob.cut = true;
        world.runUntil(timed.told::isDone, SOON);
        assertThat(timed.told.late).isTrue();
        bob.cut = false;
        bob.breakLinks();
        world.runFor(Duration.ofSeconds(2));
        assertThat(world.cluster.locks.members("l", false)).hasSize(1);
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void whoeverGivesUpAtAnyMomentLeavesNoGhost(long seed) {
        SimWorld chaos = new SimWorld(seed);
        chaos.reorder = true;
        chaos.lostReplies = 0.05;
        chaos.brokenStreams = 0.05;
        SimWorld.Client holder = chaos.client();
        boolean held = seed % 2 == 0;
        if (held) {
            Asked first = ask(holder, GrantRequest.FOR_EVER);
            chaos.runUntil(first.told::isDone, SOON);
        }
        SimWorld.Client client = chaos.client();
        List<Grant> grants = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            chaos.at(chaos.random.nextInt(2_000) * SimWorld.MILLI, () -> {
                Asked asked = ask(client, GrantRequest.FOR_EVER);
                chaos.at(chaos.random.nextInt(60) * SimWorld.MILLI, () -> {
                    if (asked.told.grant == null) {
                        client.core.abandon(asked.handle);
                    } else {
                        grants.add(asked.told.grant);
                    }
                });
            });
        }
        chaos.runFor(Duration.ofSeconds(3));
        for (Grant grant : grants) {
            if (grant.markReleased()) {
                client.core.release(grant, Long.MAX_VALUE, new Told<>());
            }
        }
        chaos.lostReplies = 0;
        chaos.brokenStreams = 0;
        chaos.runFor(Duration.ofSeconds(8));
        assertThat(chaos.cluster.locks.members("l", false)).as("seed=%d", seed).hasSize(held ? 1 : 0);
    }

    @Test
    void aStoppedProcessDoesNotHoldAtTheFirstLookAfterItsTtlAndIsToldOnce() {
        Grant grant = hold(alice);
        Losses losses = new Losses();
        grant.listen(losses);
        Asked waiting = ask(bob, GrantRequest.FOR_EVER);
        alice.paused = true;
        world.runFor(Duration.ofSeconds(12));
        assertThat(grant.isHeld()).as("before any of its code has run").isFalse();
        assertThat(Objects.requireNonNull(waiting.told.grant).isHeld()).isTrue();
        alice.resume();
        world.runFor(Duration.ofSeconds(3));
        assertThat(losses.reasons).containsExactly(LossReason.LEASE_RAN_OUT);
        assertThat(grant.markReleased()).isFalse();
        assertThat(world.cluster.locks.members("l", false)).hasSize(1);
        assertThat(hold2(alice)).isNotNull();
    }

    private Asked hold2(SimWorld.Client client) {
        return ask(client, GrantRequest.FOR_EVER);
    }

    @Test
    void aForcedReleaseIsToldOnceAndConfirmedOnlyWhenItIsNotHeldAnyMore() {
        Grant grant = hold(alice);
        Losses losses = new Losses();
        grant.listen(losses);
        Asked waiting = ask(bob, GrantRequest.FOR_EVER);
        world.runFor(Duration.ofSeconds(1));
        world.check =
                () -> assertThat(grant.isHeld() && waiting.told.grant != null).isFalse();
        forceRelease(bob);
        world.runUntil(() -> waiting.told.grant != null, SOON);
        alice.breakLinks();
        world.runFor(SOON);
        assertThat(losses.reasons).containsExactly(LossReason.REVOKED);
    }

    @Test
    void aGrantWhoseLossWasToldBeforeItsAnswerIsNeverHeld() {
        release(alice, hold(alice));
        awaitSessionOf(bob);
        world.lostReplies = 1;
        Asked unheard = ask(bob, GrantRequest.FOR_EVER);
        world.runFor(Duration.ofMillis(150));
        forceRelease(alice);
        Asked next = ask(alice, GrantRequest.FOR_EVER);
        world.runFor(Duration.ofMillis(150));
        assertThat(world.cluster.locks.members("l", false)).as("the next one").hasSize(1);
        assertThat(unheard.told.isDone()).isFalse();
        world.lostReplies = 0;
        world.runUntil(next.told::isDone, SOON);
        assertThat(next.told.grant).isNotNull();
        Losses losses = new Losses();
        world.check = () -> assertThat(unheard.told.grant != null && unheard.told.grant.isHeld())
                .isFalse();
        world.runUntil(unheard.told::isDone, SOON);
        Objects.requireNonNull(unheard.told.grant).listen(losses);
        world.runFor(SOON);
        assertThat(losses.reasons).containsExactly(LossReason.REVOKED);
    }

    private void awaitSessionOf(SimWorld.Client client) {
        Told<SessionAgent> open = new Told<>();
        client.core.whenOpen(client.core.ownSession(), client.deadline(SOON), open);
        world.runUntil(open::isDone, SOON);
        world.runFor(Duration.ofMillis(100));
    }

    private void forceRelease(SimWorld.Client operator) {
        operator.core.execute(
                operator.core.ownSession(),
                Command.newBuilder()
                        .setForceReleaseLock(ForceReleaseLock.newBuilder().setName("l"))
                        .build()
                        .toByteString(),
                operator.deadline(SOON),
                new Told<>());
    }

    @Test
    void aGrantWhoseEventWasLostIsFoundAgainAfterTheReconnect() {
        Grant first = hold(alice);
        Asked waiting = ask(bob, GrantRequest.FOR_EVER);
        world.runFor(Duration.ofSeconds(1));
        bob.cut = true;
        release(alice, first);
        world.runFor(Duration.ofSeconds(1));
        assertThat(waiting.told.isDone()).isFalse();
        bob.cut = false;
        bob.breakLinks();
        world.runUntil(waiting.told::isDone, SOON);
        assertThat(waiting.told.grant).isNotNull();
    }

    @Test
    void aGrantThatNoMemberTellsIsReadByItsWaiter() {
        Grant first = hold(alice);
        Asked waiting = ask(bob, GrantRequest.FOR_EVER);
        world.runFor(Duration.ofSeconds(1));
        world.cluster.locks.repeatsEvents = false;
        bob.cut = true;
        release(alice, first);
        bob.cut = false;
        bob.breakLinks();
        world.runUntil(waiting.told::isDone, SOON);
        assertThat(waiting.told.grant).isNotNull();
    }

    @Test
    void aGrantWhoseNoticeIsLostOnAStreamThatLivesIsAskedForByItself() {
        Grant first = hold(alice);
        Asked waiting = ask(bob, GrantRequest.FOR_EVER);
        world.runFor(Duration.ofSeconds(1));
        world.lostEvents = true;
        release(alice, first);
        world.runUntil(waiting.told::isDone, Duration.ofSeconds(12));
        assertThat(waiting.told.grant).isNotNull();
    }

    @Test
    void anEndOfTheWaitThatNobodyTellsAcrossAReconnectIsAskedFor() {
        hold(alice);
        Asked timed = ask(bob, Duration.ofSeconds(1).toNanos());
        world.runFor(Duration.ofMillis(500));
        world.cluster.locks.repeatsEvents = false;
        bob.cut = true;
        world.runFor(Duration.ofMillis(800));
        bob.cut = false;
        bob.breakLinks();
        world.runUntil(timed.told::isDone, Duration.ofMillis(400));
        assertThat(timed.told.late).isTrue();
        assertThat(world.cluster.locks.members("l", false)).hasSize(1);
    }

    @Test
    void anOldAnswerOfQueuedThatHadToBeAskedForAgainIsNotBelieved() {
        Grant first = hold(alice);
        awaitSessionOf(bob);
        world.lostReplies = 1;
        Asked waiting = ask(bob, GrantRequest.FOR_EVER);
        world.runFor(Duration.ofMillis(150));
        assertThat(world.cluster.locks.members("l", false))
                .as("queued, and the answer lost")
                .hasSize(2);
        world.lostReplies = 0;
        world.lostEvents = true;
        release(alice, first);
        world.runUntil(waiting.told::isDone, Duration.ofSeconds(1));
        assertThat(waiting.told.grant).isNotNull();
    }

    @Test
    void aViewsDeadlineBoundsARequestThatIsNotToWait() {
        hold(alice);
        bob.cut = true;
        Told.OfGrant told = new Told.OfGrant();
        bob.core.acquire(
                bob.core.ownSession(),
                GrantRequest.lock("l", LockOptions.EXCLUSIVE, 0),
                Duration.ofMillis(300).toNanos(),
                told);
        world.runUntil(told::isDone, Duration.ofMillis(400));
        assertThat(Objects.requireNonNull(told.error).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void aReleaseThatNoMemberTookInTimeIsMadeUpFor() {
        Grant grant = hold(alice);
        world.cluster.available = false;
        assertThat(grant.markReleased()).isTrue();
        Told<CommandResult> told = new Told<>();
        alice.core.release(grant, alice.deadline(Duration.ofMillis(300)), told);
        world.runUntil(told::isDone, SOON);
        assertThat(Objects.requireNonNull(told.error).outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(world.cluster.locks.members("l", false)).hasSize(1);

        world.cluster.available = true;
        Asked next = ask(bob, GrantRequest.FOR_EVER);
        world.runUntil(next.told::isDone, SOON);
        assertThat(next.told.grant).isNotNull();
    }

    /** Given back on one thread while the client's own learns that the session is over, and uses the next one. */
    @Test
    void aReleaseThatComesAfterItsSessionWasReplacedIsToldSo() {
        Grant grant = hold(alice);
        assertThat(grant.markReleased()).isTrue();
        world.cluster.end(Objects.requireNonNull(world.cluster.sessions.get(grant.sessionId())));
        world.runUntil(() -> !grant.session().accepts(), Duration.ofSeconds(15));
        hold(alice);
        Told<CommandResult> told = new Told<>();
        alice.core.release(grant, alice.deadline(SOON), told);
        world.runUntil(told::isDone, SOON);
        assertThat(Objects.requireNonNull(told.error).code()).isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(told.error.outcome()).isEqualTo(Outcome.NOT_APPLIED);
    }

    @Test
    void anUntimedWaitEndsWithItsSession() {
        hold(alice);
        Asked waiting = ask(bob, GrantRequest.FOR_EVER);
        world.runFor(Duration.ofSeconds(1));
        bob.cut = true;
        world.runUntil(waiting.told::isDone, Duration.ofSeconds(15));
        assertThat(Objects.requireNonNull(waiting.told.error).code()).isEqualTo(ErrorCode.SESSION_EXPIRED);
    }

    @Test
    void closingTheClientTellsTheLossBeforeTheNextOneHolds() {
        Grant grant = hold(alice);
        Losses losses = new Losses();
        grant.listen(losses);
        Asked waiting = ask(bob, GrantRequest.FOR_EVER);
        world.runFor(Duration.ofSeconds(1));
        world.check =
                () -> assertThat(grant.isHeld() && waiting.told.grant != null).isFalse();
        alice.core.close();
        world.runUntil(alice.core::isClosed, SOON);
        world.runUntil(() -> waiting.told.grant != null, SOON);
        assertThat(losses.reasons).containsExactly(LossReason.CLIENT_CLOSED);
    }

    /** The promise of rule 3: at no moment do two clients see themselves hold, through pauses, cuts and clock steps. */
    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void noTwoClientsEverSeeThemselvesHold(long seed) {
        SimWorld chaos = new SimWorld(seed);
        chaos.brokenStreams = 0.01;
        chaos.lostReplies = 0.02;
        List<Grant> grants = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            SimWorld.Client client = chaos.client(Duration.ofSeconds(2), Duration.ofSeconds(1));
            contend(chaos, client, grants);
            disturb(chaos, client);
        }
        chaos.check = () -> {
            long holding = grants.stream().filter(Grant::isHeld).count();
            assertThat(holding).as("seed=%d at %d ns", seed, chaos.now()).isLessThanOrEqualTo(1);
        };
        chaos.runFor(Duration.ofSeconds(60));
        assertThat(grants.size()).as("seed=%d", seed).isGreaterThan(10);
        assertThat(grants.stream().map(Grant::token)).as("seed=%d", seed).doesNotHaveDuplicates();
    }

    private static void contend(SimWorld chaos, SimWorld.Client client, List<Grant> grants) {
        Told.OfGrant told = new Told.OfGrant();
        client.core.acquire(
                client.core.ownSession(),
                GrantRequest.lock(
                        "l", LockOptions.EXCLUSIVE, Duration.ofSeconds(3).toNanos()),
                SOON.toNanos(),
                told);
        poll(chaos, client, grants, told);
    }

    private static void poll(SimWorld chaos, SimWorld.Client client, List<Grant> grants, Told.OfGrant told) {
        chaos.at(50 * SimWorld.MILLI, () -> {
            if (client.paused || !told.isDone()) {
                poll(chaos, client, grants, told);
            } else if (told.grant != null && !grants.contains(told.grant)) {
                Grant grant = told.grant;
                grants.add(grant);
                chaos.at(chaos.random.nextInt(2_000) * SimWorld.MILLI, () -> giveBack(chaos, client, grants, grant));
            } else {
                contend(chaos, client, grants);
            }
        });
    }

    private static void giveBack(SimWorld chaos, SimWorld.Client client, List<Grant> grants, Grant grant) {
        if (client.paused) {
            chaos.at(50 * SimWorld.MILLI, () -> giveBack(chaos, client, grants, grant));
            return;
        }
        if (grant.markReleased()) {
            client.core.release(grant, Long.MAX_VALUE, new Told<>());
        }
        contend(chaos, client, grants);
    }

    /** Pauses, suspensions (the monotonic clock stops), cuts, and wall clock steps. */
    private static void disturb(SimWorld chaos, SimWorld.Client client) {
        chaos.at((1_000 + chaos.random.nextInt(6_000)) * SimWorld.MILLI, () -> {
            long length = (100 + chaos.random.nextInt(4_000)) * SimWorld.MILLI;
            switch (chaos.random.nextInt(4)) {
                case 0 -> {
                    client.paused = true;
                    chaos.at(length, client::resume);
                }
                case 1 -> {
                    client.paused = true;
                    chaos.at(length, () -> {
                        client.monotonicLag += length;
                        client.resume();
                    });
                }
                case 2 -> {
                    client.cut = true;
                    chaos.at(length, () -> client.cut = false);
                }
                default -> client.wallStepMillis += chaos.random.nextInt(5_000);
            }
            disturb(chaos, client);
        });
    }
}
