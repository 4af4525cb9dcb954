package io.gavel.server.state.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.AcquireLock;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Grant;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.LockListQuery;
import io.gavel.protocol.v1.LockQuery;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.QueuedWaiter;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.TokenGuard;
import io.gavel.protocol.v1.Waiter;
import io.gavel.protocol.v1.WaiterQuery;
import io.gavel.protocol.v1.WaiterState;
import io.gavel.server.entry.v1.ClusterSettings;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class LockTableTest {
    private static final String L = "printer";

    private final SimCluster cluster = new SimCluster();
    private final long alice = cluster.open(10_000);
    private final long bob = cluster.open(10_000);
    private final long carol = cluster.open(10_000);

    private Grant granted(CommandResult result) {
        assertThat(result.hasGrant()).as("%s", result).isTrue();
        return result.getGrant();
    }

    private Waiter queued(CommandResult result) {
        assertThat(result.hasQueued()).as("%s", result).isTrue();
        return result.getQueued().getWaiter();
    }

    private Error refused(CommandResult result) {
        assertThat(result.hasError()).as("%s", result).isTrue();
        assertThat(result.getError().getOutcome()).isEqualTo(Outcome.NOT_APPLIED);
        return result.getError();
    }

    private static AcquireLock.Builder shared(String name) {
        return AcquireLock.newBuilder().setName(name).setCapacity(1_000).setPermits(1);
    }

    private static AcquireLock.Builder exclusive(String name) {
        return AcquireLock.newBuilder().setName(name).setCapacity(1_000);
    }

    private static AcquireLock.Builder waiting(String name, long waitMillis) {
        return AcquireLock.newBuilder().setName(name).setWaitMillis(waitMillis);
    }

    private WaiterState what(Waiter waiter) {
        QueryResult result = cluster.read(Query.newBuilder()
                .setWaiter(WaiterQuery.newBuilder().setName(L).setWaiter(waiter))
                .build());
        return result.getWaiter();
    }

    @Nested
    class Granting {
        @Test
        void grantsAFreeLockInTheEntryThatAsks() {
            Grant grant = granted(cluster.acquire(alice, L));
            assertThat(cluster.holds(L, grant.getToken())).isTrue();
            assertThat(grant.getWaiter().getSessionId()).isEqualTo(alice);
            assertThat(cluster.told).as("the answer says it").isEmpty();
        }

        @Test
        void handsOverInsideTheEntryThatReleases() {
            Grant first = granted(cluster.acquire(alice, L));
            Waiter waiter = queued(cluster.acquire(bob, L));
            CommandResult release = cluster.release(alice, L, first.getToken());
            assertThat(release.getRelease().getReleased()).isTrue();
            SessionEvent event = cluster.lastTold(bob);
            assertThat(event.getGranted().getWaiter()).isEqualTo(waiter);
            assertThat(event.getGranted().getRevision()).isEqualTo(release.getRevision());
            assertThat(event.getGranted().getToken()).isGreaterThan(first.getToken());
            assertThat(what(waiter).getGranted().getToken())
                    .isEqualTo(event.getGranted().getToken());
        }

        @Test
        void givesEachOfThreeReadersThatOneReleaseLetsInItsOwnToken() {
            long writer = granted(cluster.acquire(alice, exclusive(L))).getToken();
            for (long reader : new long[] {bob, carol, bob}) {
                queued(cluster.acquire(reader, shared(L)));
            }
            cluster.release(alice, L, writer);
            List<Long> tokens = cluster.lock(L).getHoldersList().stream()
                    .map(Holder::getToken)
                    .toList();
            assertThat(tokens).hasSize(3).doesNotHaveDuplicates().isSorted().allMatch(token -> token > writer);
        }

        @Test
        void neverRepeatsATokenOfALockThatWasForgottenAndMadeAgain() {
            long first = granted(cluster.acquire(alice, L)).getToken();
            cluster.release(alice, L, first);
            assertThat(cluster.read(Query.newBuilder()
                                    .setLock(LockQuery.newBuilder().setName(L))
                                    .build())
                            .getError()
                            .getCode())
                    .isEqualTo(ErrorCode.NOT_FOUND);
            assertThat(granted(cluster.acquire(alice, L)).getToken()).isGreaterThan(first);
        }

        @Test
        void starvesNoWriterBehindReadersThatKeepComing() {
            long reader = granted(cluster.acquire(alice, shared(L))).getToken();
            Waiter writer = queued(cluster.acquire(bob, exclusive(L)));
            queued(cluster.acquire(carol, shared(L)));
            cluster.release(alice, L, reader);
            assertThat(what(writer).hasGranted()).isTrue();
            assertThat(cluster.holders(L)).containsExactly(bob);
        }

        @Test
        void queuesASecondAcquireOfTheHolderLikeAnyones() {
            long first = granted(cluster.acquire(alice, L)).getToken();
            Waiter second = queued(cluster.acquire(alice, L));
            cluster.release(alice, L, first);
            assertThat(what(second).hasGranted()).isTrue();
        }

        @Test
        void countsThePermitsOfASemaphore() {
            AcquireLock.Builder two =
                    AcquireLock.newBuilder().setName(L).setCapacity(5).setPermits(2);
            granted(cluster.acquire(alice, two));
            long second = granted(cluster.acquire(bob, two)).getToken();
            Waiter third = queued(cluster.acquire(carol, two));
            assertThat(cluster.acquire(carol, two).getQueued().getAhead()).isEqualTo(1);
            cluster.release(bob, L, second);
            assertThat(what(third).hasGranted()).isTrue();
        }

        @Test
        void refusesAnotherCapacityOrLockDelayWhileTheLockExists() {
            Grant grant = granted(
                    cluster.acquire(alice, AcquireLock.newBuilder().setName(L).setCapacity(3)));
            Error capacity = refused(cluster.acquire(bob, L));
            assertThat(capacity.getCode()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(capacity.getField()).isEqualTo("capacity");
            assertThat(capacity.getLimit()).isEqualTo("3");
            Error delay = refused(cluster.acquire(
                    bob, AcquireLock.newBuilder().setName(L).setCapacity(3).setLockDelayMillis(7)));
            assertThat(delay.getField()).isEqualTo("lock_delay_millis");
            cluster.release(alice, L, grant.getToken());
            granted(cluster.acquire(bob, L));
        }

        @Test
        void refusesAnAcquireWhoseGuardDoesNotHold() {
            Error error = refused(cluster.acquire(
                    alice,
                    AcquireLock.newBuilder()
                            .setName(L)
                            .addGuards(Guard.newBuilder()
                                    .setLock(TokenGuard.newBuilder()
                                            .setName("outer")
                                            .setToken(9)))));
            assertThat(error.getCode()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(cluster.holders(L)).isEmpty();
        }

        @Test
        void refusesAWaiterBeyondTheQueueLimit() {
            cluster.settings = ClusterSettings.newBuilder()
                    .setMaxWaitersPerLock(1)
                    .setMaxKeysPerSession(100)
                    .build();
            granted(cluster.acquire(alice, L));
            queued(cluster.acquire(bob, L));
            assertThat(refused(cluster.acquire(carol, L)).getCode()).isEqualTo(ErrorCode.OVERLOADED);
        }

        @Test
        void refusesMoreClaimsThanASessionMayHave() {
            cluster.settings = ClusterSettings.newBuilder()
                    .setMaxWaitersPerLock(100)
                    .setMaxKeysPerSession(2)
                    .build();
            granted(cluster.acquire(alice, "a"));
            granted(cluster.acquire(alice, "b"));
            assertThat(refused(cluster.acquire(alice, "c")).getCode()).isEqualTo(ErrorCode.OVERLOADED);
        }

        @Test
        void namesFieldLimitAndValueOfBadInput() {
            assertThat(refused(cluster.acquire(0, L)).getField()).isEqualTo("session");
            assertThat(refused(cluster.acquire(alice, "")).getField()).isEqualTo("name");
            assertThat(refused(cluster.acquire(alice, "x".repeat(257))).getValue())
                    .isEqualTo("257");
            assertThat(refused(cluster.acquire(alice, "a\nb")).getField()).isEqualTo("name");
            assertThat(refused(cluster.acquire(
                                    alice, AcquireLock.newBuilder().setName(L).setPermits(2)))
                            .getField())
                    .isEqualTo("permits");
            assertThat(refused(cluster.acquire(
                                    alice, AcquireLock.newBuilder().setName(L).setCapacity(-1)))
                            .getField())
                    .isEqualTo("capacity");
            assertThat(refused(cluster.acquire(alice, waiting(L, -1))).getField())
                    .isEqualTo("wait_millis");
            assertThat(refused(cluster.acquire(
                                    alice, AcquireLock.newBuilder().setName(L).setLockDelayMillis(-1)))
                            .getField())
                    .isEqualTo("lock_delay_millis");
            assertThat(cluster.locks.stateBytes()).isZero();
        }
    }

    @Nested
    class Releasing {
        @Test
        void refusesToReleaseTheTokenOfAnotherSession() {
            long token = granted(cluster.acquire(alice, L)).getToken();
            Error error = refused(cluster.release(bob, L, token));
            assertThat(error.getCode()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(error.getHolderSession()).isEqualTo(alice);
            assertThat(cluster.holds(L, token)).isTrue();
        }

        @Test
        void saysThatAStaleTokenWasNotHeldAndLeavesTheNewHolderAlone() {
            long stale = granted(cluster.acquire(alice, L)).getToken();
            cluster.release(alice, L, stale);
            long fresh = granted(cluster.acquire(bob, L)).getToken();
            assertThat(cluster.release(alice, L, stale).getRelease().getReleased())
                    .isFalse();
            assertThat(cluster.holds(L, fresh)).isTrue();
            assertThat(cluster.holds(L, stale)).isFalse();
        }

        @Test
        void forgetsALockThatNobodyHoldsOrAwaits() {
            long token = granted(cluster.acquire(alice, L)).getToken();
            assertThat(cluster.locks.stateBytes()).isPositive();
            cluster.release(alice, L, token);
            assertThat(cluster.locks.stateBytes()).isZero();
        }
    }

    @Nested
    class Waiting {
        @Test
        void endsAWaitWhenReplicatedTimeSaysSo() {
            granted(cluster.acquire(alice, L));
            Waiter waiter = queued(cluster.acquire(bob, waiting(L, 500)));
            cluster.advance(499);
            assertThat(what(waiter).hasQueued()).isTrue();
            cluster.advance(1);
            assertThat(what(waiter).getEnded().getCode()).isEqualTo(ErrorCode.NOT_FOUND);
            SessionEvent event = cluster.lastTold(bob);
            assertThat(event.getWaitEnded().getWaiter()).isEqualTo(waiter);
            assertThat(event.getWaitEnded().getError().getCode()).isEqualTo(ErrorCode.DEADLINE);
        }

        @Test
        void addsOneClampToAWaitBecauseReplicatedTimeMayLagBehind() {
            cluster.settings = cluster.settings.toBuilder()
                    .setClockClampNanos(200 * SimCluster.MILLI)
                    .build();
            granted(cluster.acquire(alice, L));
            Waiter waiter = queued(cluster.acquire(bob, waiting(L, 500)));
            cluster.advance(699);
            assertThat(what(waiter).hasQueued()).isTrue();
            cluster.advance(1);
            assertThat(what(waiter).hasEnded()).isTrue();
        }

        @Test
        void letsThoseBehindAWaiterThatGaveUpPass() {
            granted(cluster.acquire(alice, shared(L)));
            queued(cluster.acquire(bob, exclusive(L).setWaitMillis(500)));
            Waiter reader = queued(cluster.acquire(carol, shared(L)));
            cluster.advance(500);
            assertThat(what(reader).hasGranted()).isTrue();
        }

        @Test
        void neverGrantsAWaitWhoseLimitHasPassedEvenBeforeItIsRemoved() {
            long token = granted(cluster.acquire(alice, L)).getToken();
            queued(cluster.acquire(bob, waiting(L, 500)));
            Waiter next = queued(cluster.acquire(carol, L));
            cluster.advanceWithoutRemoving(600);
            cluster.release(alice, L, token);
            assertThat(what(next).hasGranted()).isTrue();
            assertThat(cluster.lastTold(bob).hasWaitEnded()).isTrue();
        }

        @Test
        void tryingOnceChangesNothingWhenTheLockIsBusy() {
            long token = granted(cluster.acquire(alice, L)).getToken();
            long bytes = cluster.locks.stateBytes();
            Error error = refused(cluster.acquire(bob, waiting(L, 0)));
            assertThat(error.getCode()).isEqualTo(ErrorCode.DEADLINE);
            assertThat(error.getHolderSession()).isEqualTo(alice);
            assertThat(error.getHolderToken()).isEqualTo(token);
            assertThat(cluster.locks.stateBytes()).isEqualTo(bytes);
        }

        @Test
        void tryingOnceDoesNotOvertakeThoseWhoWait() {
            granted(cluster.acquire(alice, shared(L)));
            queued(cluster.acquire(bob, exclusive(L)));
            refused(cluster.acquire(carol, shared(L).setWaitMillis(0)));
        }

        @Test
        void withdrawingReleasesAGrantThatTheLogGaveMeanwhile() {
            // Rule 9: a local timer says DEADLINE while the grant is already in the log.
            long token = granted(cluster.acquire(alice, L)).getToken();
            Waiter waiter = queued(cluster.acquire(bob, L));
            Waiter next = queued(cluster.acquire(carol, L));
            cluster.release(alice, L, token);
            CommandResult withdrawn = cluster.withdraw(bob, L, waiter, false);
            assertThat(withdrawn.getRelease().getReleased()).isTrue();
            assertThat(withdrawn.getRelease().getWasGranted()).isTrue();
            assertThat(what(next).hasGranted()).isTrue();
        }

        @Test
        void withdrawingAWaiterLetsThoseBehindItPass() {
            granted(cluster.acquire(alice, shared(L)));
            Waiter writer = queued(cluster.acquire(bob, exclusive(L)));
            Waiter reader = queued(cluster.acquire(carol, shared(L)));
            CommandResult withdrawn = cluster.withdraw(bob, L, writer, false);
            assertThat(withdrawn.getRelease().getReleased()).isTrue();
            assertThat(withdrawn.getRelease().getWasGranted()).isFalse();
            assertThat(what(reader).hasGranted()).isTrue();
            assertThat(cluster.withdraw(bob, L, writer, false).getRelease().getReleased())
                    .isFalse();
        }

        @Test
        void refusesToWithdrawTheRequestOfAnotherSession() {
            granted(cluster.acquire(alice, L));
            Waiter waiter = queued(cluster.acquire(bob, L));
            assertThat(refused(cluster.withdraw(carol, L, waiter, false)).getField())
                    .isEqualTo("waiter.session_id");
        }

        @Test
        void endsTenThousandWaitsInBoundedEntriesAndInOrder() {
            cluster.settings = ClusterSettings.newBuilder()
                    .setMaxWaitersPerLock(20_000)
                    .setMaxKeysPerSession(20_000)
                    .build();
            granted(cluster.acquire(alice, L));
            for (int i = 0; i < 10_000; i++) {
                queued(cluster.acquire(bob, waiting(L, 1_000)));
            }
            assertThat(cluster.advanceOnce(1_000)).isTrue();
            assertThat(cluster.lock(L).getWaiterCount()).isEqualTo(10_000 - 4_096);
            assertThat(cluster.advanceOnce(0)).isTrue();
            assertThat(cluster.advanceOnce(0)).isFalse();
            List<Long> order = cluster.told.stream()
                    .map(told -> told.event().getWaitEnded().getWaiter().getSequence())
                    .toList();
            assertThat(order).hasSize(10_000).isSorted();
            assertThat(cluster.locks.anythingCanExpire()).isFalse();
        }
    }

    @Nested
    class EndOfASession {
        @Test
        void neverGrantsToAWaiterWhoseSessionExpiredWhileItWaited() {
            // etcd #11456: "locked" with an expired lease.
            long token = granted(cluster.acquire(alice, L)).getToken();
            long shortLived = cluster.open(1_000);
            queued(cluster.acquire(shortLived, L));
            Waiter next = queued(cluster.acquire(carol, L));
            cluster.advanceWithoutRemoving(1_000);
            cluster.release(alice, L, token);
            assertThat(cluster.holders(L)).containsExactly(carol);
            assertThat(what(next).hasGranted()).isTrue();
        }

        @Test
        void passesOverTheNextWaiterWhenItExpiresInTheSameEntryAsTheHolder() {
            long holder = cluster.open(1_000);
            long waiter = cluster.open(1_000);
            granted(cluster.acquire(holder, L));
            queued(cluster.acquire(waiter, L));
            queued(cluster.acquire(carol, L));
            cluster.advance(1_000);
            assertThat(cluster.holders(L)).containsExactly(carol);
            assertThat(cluster.told).noneMatch(told -> told.sessionId() == waiter);
        }

        @Test
        void failsAGuardFromTheDeadlineOnEvenBeforeTheSessionIsRemoved() {
            long token = granted(cluster.acquire(alice, L)).getToken();
            cluster.advanceWithoutRemoving(10_000);
            assertThat(cluster.holds(L, token)).isFalse();
        }

        @Test
        void appliesTheLockDelayAfterAnExpiryOnly() {
            AcquireLock.Builder delayed = AcquireLock.newBuilder().setName(L).setLockDelayMillis(5_000);
            long token = granted(cluster.acquire(alice, delayed)).getToken();
            Waiter released = queued(cluster.acquire(bob, delayed));
            cluster.release(alice, L, token);
            assertThat(what(released).hasGranted())
                    .as("no delay after a release")
                    .isTrue();

            long holder = cluster.open(60_000);
            cluster.release(bob, L, what(released).getGranted().getToken());
            long brief = cluster.open(1_000);
            granted(cluster.acquire(brief, delayed));
            Waiter next = queued(cluster.acquire(holder, delayed));
            cluster.advance(1_000);
            assertThat(what(next).hasQueued()).isTrue();
            assertThat(cluster.lock(L).getBlockedMillis()).isEqualTo(5_000);
            cluster.advance(4_999);
            assertThat(what(next).hasQueued()).isTrue();
            cluster.advance(1);
            assertThat(what(next).hasGranted()).isTrue();
        }

        @Test
        void keepsALockWithAPendingDelayUntilItIsOver() {
            long brief = cluster.open(1_000);
            granted(cluster.acquire(brief, AcquireLock.newBuilder().setName(L).setLockDelayMillis(5_000)));
            cluster.advance(1_000);
            assertThat(refused(cluster.acquire(alice, L)).getCode()).isEqualTo(ErrorCode.CONFLICT);
            cluster.advance(5_000);
            granted(cluster.acquire(alice, L));
        }

        @Test
        void releasesEverythingOfASessionInTheOrderOfItsGrantsAndNothingToItself() {
            granted(cluster.acquire(alice, "b"));
            granted(cluster.acquire(alice, "a"));
            queued(cluster.acquire(alice, "b"));
            queued(cluster.acquire(bob, "a"));
            queued(cluster.acquire(bob, "b"));
            cluster.close(alice);
            assertThat(cluster.holders("a")).containsExactly(bob);
            assertThat(cluster.holders("b")).containsExactly(bob);
            assertThat(cluster.told)
                    .extracting(told -> told.event().getGranted().getName())
                    .containsExactly("b", "a");
            assertThat(cluster.told).extracting(SimCluster.Told::revision).containsOnly(cluster.revision());
        }

        @Test
        void leavesNoGhostInAnyQueue() {
            granted(cluster.acquire(alice, L));
            queued(cluster.acquire(bob, L));
            queued(cluster.acquire(bob, L));
            cluster.close(bob);
            assertThat(cluster.lock(L).getWaitersList()).isEmpty();
            cluster.close(alice);
            assertThat(cluster.locks.stateBytes()).isZero();
        }
    }

    @Nested
    class LossesThatAreNotExpiries {
        @Test
        void revokesATokenAtOnceButGrantsTheNextOnlyAfterTheOldDeadline() {
            long token = granted(cluster.acquire(alice, L)).getToken();
            cluster.advance(5_000);
            cluster.renew(bob);
            Waiter next = queued(cluster.acquire(bob, L));
            cluster.forceRelease(L, token, false);
            assertThat(cluster.holds(L, token)).isFalse();
            assertThat(cluster.lastTold(alice).getLost().getError().getCode()).isEqualTo(ErrorCode.LOCK_LOST);
            assertThat(cluster.lock(L).getBlockedMillis()).isEqualTo(5_000);
            cluster.advance(4_999);
            assertThat(what(next).hasQueued()).isTrue();
            cluster.advance(1);
            assertThat(what(next).hasGranted()).isTrue();
        }

        @Test
        void waitsForAClientThatGoesOnRenewingBecauseItsIsHeldStillSaysYes() {
            granted(cluster.acquire(alice, L));
            Waiter next = queued(cluster.acquire(bob, L));
            cluster.forceRelease(L, 0, false);
            for (int i = 0; i < 5; i++) {
                cluster.advance(9_000);
                cluster.renew(alice);
                cluster.renew(bob);
            }
            assertThat(what(next).hasQueued()).isTrue();
        }

        @Test
        void grantsTheNextAsSoonAsTheClientConfirmsItsLoss() {
            long token = granted(cluster.acquire(alice, L)).getToken();
            Waiter next = queued(cluster.acquire(bob, L));
            cluster.forceRelease(L, token, false);
            cluster.confirmLoss(carol, L, token, false);
            assertThat(what(next).hasQueued()).as("a stranger cannot confirm").isTrue();
            cluster.confirmLoss(alice, L, token, false);
            assertThat(what(next).hasGranted()).isTrue();
        }

        @Test
        void takesAReleaseOfTheLostTokenAsAConfirmation() {
            long token = granted(cluster.acquire(alice, L)).getToken();
            Waiter next = queued(cluster.acquire(bob, L));
            cluster.forceRelease(L, token, false);
            assertThat(cluster.release(alice, L, token).getRelease().getReleased())
                    .isFalse();
            assertThat(what(next).hasGranted()).isTrue();
        }

        @Test
        void skipsTheWaitWhenToldNowAndStillTellsTheLoserUntilItConfirms() {
            long token = granted(cluster.acquire(alice, L)).getToken();
            Waiter next = queued(cluster.acquire(bob, L));
            cluster.forceRelease(L, token, true);
            assertThat(what(next).hasGranted()).isTrue();
            assertThat(cluster.told.getFirst().event().hasLost())
                    .as("the loser is told first")
                    .isTrue();
            assertThat(cluster.locks.currentEvents(alice)).hasSize(1).allMatch(SessionEvent::hasLost);
            cluster.confirmLoss(alice, L, token, false);
            assertThat(cluster.locks.currentEvents(alice)).isEmpty();
        }

        @Test
        void turnsAPatientForceReleaseIntoOneThatSkipsTheWait() {
            granted(cluster.acquire(alice, L));
            Waiter next = queued(cluster.acquire(bob, L));
            cluster.forceRelease(L, 0, false);
            assertThat(cluster.forceRelease(L, 0, true).getRelease().getReleased())
                    .isTrue();
            assertThat(what(next).hasGranted()).isTrue();
        }

        @Test
        void forceReleasesOneHolderOfMany() {
            long first = granted(cluster.acquire(alice, shared(L))).getToken();
            granted(cluster.acquire(bob, shared(L)));
            cluster.forceRelease(L, first, true);
            assertThat(cluster.holders(L)).containsExactly(bob);
            assertThat(refused(cluster.forceRelease("nothing", 0, true)).getCode())
                    .isEqualTo(ErrorCode.NOT_FOUND);
        }

        @Test
        void evictsPatientlyOrNow() {
            granted(cluster.acquire(alice, L));
            long other = granted(cluster.acquire(alice, "other")).getToken();
            Waiter next = queued(cluster.acquire(bob, L));
            cluster.advance(4_000);
            cluster.renew(bob);
            cluster.evict(alice, false);
            assertThat(cluster.holds("other", other)).isFalse();
            cluster.advance(5_999);
            assertThat(what(next).hasQueued()).isTrue();
            cluster.advance(1);
            assertThat(what(next).hasGranted()).isTrue();

            granted(cluster.acquire(cluster.open(10_000), "third"));
            cluster.evict(4, true);
            cluster.renew(bob);
            granted(cluster.acquire(bob, "third"));
        }

        @Test
        void keepsTheWaitOfAForceReleaseWhenTheSessionIsEvictedAfterwards() {
            granted(cluster.acquire(alice, L));
            Waiter next = queued(cluster.acquire(bob, L));
            cluster.forceRelease(L, 0, false);
            cluster.renew(bob);
            cluster.evict(alice, false);
            assertThat(what(next).hasQueued()).isTrue();
            cluster.advance(9_999);
            cluster.renew(bob);
            cluster.advance(1);
            assertThat(what(next).hasGranted()).isTrue();
        }

        @Test
        void boundsTheLossesThatNobodyConfirms() {
            cluster.settings =
                    cluster.settings.toBuilder().setMaxKeysPerSession(5_000).build();
            for (int i = 0; i < ClaimVerbs.MAX_UNCONFIRMED_LOSSES; i++) {
                granted(cluster.acquire(alice, L));
                cluster.forceRelease(L, 0, true);
            }
            granted(cluster.acquire(alice, L));
            assertThat(refused(cluster.forceRelease(L, 0, true)).getCode()).isEqualTo(ErrorCode.OVERLOADED);
        }
    }

    @Nested
    class Reading {
        @Test
        void tellsAReconnectedClientWhatIsInForce() {
            Grant held = granted(cluster.acquire(alice, "held"));
            granted(cluster.acquire(bob, "busy"));
            queued(cluster.acquire(alice, "busy"));
            List<SessionEvent> events = cluster.locks.currentEvents(alice);
            assertThat(events).hasSize(1);
            assertThat(events.getFirst().getGranted().getWaiter()).isEqualTo(held.getWaiter());
            assertThat(cluster.locks.holdings(alice)).containsExactly("lock/held");
        }

        @Test
        void showsHoldersAndWaitersInOrder() {
            granted(cluster.acquire(alice, L));
            queued(cluster.acquire(bob, L));
            queued(cluster.acquire(carol, L));
            assertThat(cluster.lock(L).getHolders(0).getOwner()).isEqualTo("client-" + alice);
            assertThat(cluster.lock(L).getWaitersList())
                    .extracting(QueuedWaiter::getOwner)
                    .containsExactly("client-" + bob, "client-" + carol);
        }

        @Test
        void listsPageByPage() {
            for (String name : List.of("a/1", "a/2", "a/3", "b/1")) {
                granted(cluster.acquire(alice, name));
            }
            QueryResult first = cluster.read(Query.newBuilder()
                    .setLockList(LockListQuery.newBuilder().setPrefix("a/").setLimit(2))
                    .build());
            assertThat(first.getLockList().getLocksList())
                    .extracting(state -> state.getName())
                    .containsExactly("a/1", "a/2");
            assertThat(first.getLockList().getMore()).isTrue();
            QueryResult second = cluster.read(Query.newBuilder()
                    .setLockList(LockListQuery.newBuilder().setPrefix("a/").setAfter("a/2"))
                    .build());
            assertThat(second.getLockList().getLocksList())
                    .extracting(state -> state.getName())
                    .containsExactly("a/3");
            assertThat(second.getLockList().getMore()).isFalse();
        }
    }

    @Nested
    class Restoring {
        @Test
        void grantsNothingInARestoredClusterBeforeItsOldClientsGaveUp() {
            cluster.grantsBlockedUntilNanos = cluster.nowNanos() + 5_000 * SimCluster.MILLI;
            refused(cluster.acquire(bob, waiting(L, 0)));
            Waiter waiter = queued(cluster.acquire(alice, L));
            cluster.restoreFromSnapshot();
            cluster.advance(4_999);
            assertThat(what(waiter).hasQueued()).isTrue();
            cluster.advance(1);
            assertThat(what(waiter).hasGranted()).isTrue();
            assertThat(cluster.locks.anythingCanExpire()).isFalse();
        }

        @Test
        void restoresHoldersWaitersDelaysAndLosses() {
            AcquireLock.Builder delayed =
                    AcquireLock.newBuilder().setName("délai \uD83D\uDD12").setLockDelayMillis(60_000);
            long brief = cluster.open(1_000);
            granted(cluster.acquire(brief, delayed));
            long token = granted(cluster.acquire(alice, L)).getToken();
            queued(cluster.acquire(bob, waiting(L, 3_000)));
            Waiter last = queued(cluster.acquire(carol, L));
            cluster.forceRelease(L, token, false);
            cluster.advance(1_000);
            cluster.restoreFromSnapshot();
            assertThat(cluster.lock("délai \uD83D\uDD12").getBlockedMillis()).isEqualTo(60_000);
            assertThat(cluster.locks.currentEvents(alice)).allMatch(SessionEvent::hasLost);
            cluster.advance(2_000);
            cluster.confirmLoss(alice, L, token, false);
            assertThat(what(last).hasGranted()).isTrue();
        }
    }
}
