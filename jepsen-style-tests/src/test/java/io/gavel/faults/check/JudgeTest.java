package io.gavel.faults.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Answer.WatchEvent;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import io.gavel.faults.history.Stamp;
import io.gavel.faults.history.Status;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Each checker by hand: a history that it accepts beside the nearest one that it must not.
final class JudgeTest {
    private static final long SECOND = 1_000_000_000;
    private final History history = new History();
    private int processes;

    private void done(long call, long returned, Call what, Answer answer) {
        attempt(call, returned, what, answer, Stamp.NONE, Status.OK);
    }

    private void attempt(long call, long returned, Call what, @Nullable Answer answer, Stamp stamp, Status status) {
        history.add(new Operation(++processes, what, stamp, status, answer, call, returned));
    }

    private void unknown(long call, Call what) {
        attempt(call, call, what, null, Stamp.NONE, Status.INFO);
    }

    private void event(long nanos, int process, Observation observation) {
        history.add(Event.at(nanos, process, observation));
    }

    private static Answer written(long version, long revision) {
        return new Answer.Written(version, null, revision);
    }

    private static Answer read(@Nullable String value) {
        return new Answer.Read(value, null, null);
    }

    private void accepts() {
        assertThat(Judge.withAllChecks().judge(history)).isEmpty();
    }

    private void rejects(String check, String message) {
        assertThat(Judge.withAllChecks().judge(history)).anySatisfy(finding -> {
            assertThat(finding.check()).isEqualTo(check);
            assertThat(finding.message()).contains(message);
            assertThat(finding.kind()).isEqualTo(Finding.Kind.VIOLATED);
        });
    }

    @Nested
    final class Linearizability {
        @Test
        void aStaleReadIsNamedWithTheWriteThatItMissed() {
            done(10, 20, new Call.Put("k", "1"), written(1, 1));
            done(30, 40, new Call.Put("k", "2"), written(2, 2));
            accepts();
            done(50, 60, new Call.Get("k", false), read("1"));
            rejects("I17 linearizability", "no order explains the answer that process 3 got");
            Finding finding = Judge.withAllChecks().judge(history).getFirst();
            assertThat(finding.operations()).hasSize(3);
            assertThat(finding.toString()).contains("process 3  0.000000").contains("value=1");
        }

        @Test
        void anAcknowledgedWriteThatIsGoneAtTheEndIsLost() {
            done(10, 20, new Call.Put("k", "1"), written(1, 1));
            unknown(30, new Call.Put("k", "2"));
            event(90, 0, new Observation.FinalEntries(new TreeMap<>(Map.of("k", "2"))));
            accepts();
            event(95, 0, new Observation.FinalEntries(new TreeMap<>()));
            rejects("I17 linearizability", "");
        }

        @Test
        void aWrongVersionIsToldFromAWrongValue() {
            done(10, 20, new Call.Put("k", "1"), written(1, 1));
            done(30, 40, new Call.Put("k", "2"), written(3, 2));
            rejects("I17 linearizability", "no order explains the version");
        }

        @Test
        void keysOfATransactionAreJudgedTogether() {
            var both = new Call.Transaction(
                    List.of(),
                    List.of(new Call.Step(Call.Kind.PUT, "a", "1"), new Call.Step(Call.Kind.PUT, "b", "1")),
                    List.of());
            var see = new Call.Transaction(
                    List.of(),
                    List.of(new Call.Step(Call.Kind.GET, "a", null), new Call.Step(Call.Kind.GET, "b", null)),
                    List.of());
            unknown(10, both);
            done(30, 40, see, seen("1", "1"));
            accepts();
            done(50, 60, see, seen("1", null));
            rejects("I17 linearizability", "[a, b]");
        }

        private static Answer seen(@Nullable String a, @Nullable String b) {
            return new Answer.Branch(
                    true, List.of(new Answer.Part(true, a, null), new Answer.Part(true, b, null)), null);
        }
    }

    @Nested
    final class ExactlyOnce {
        @Test
        void attemptsOfOneRequestAreOneOperation() {
            attempt(10, 20, new Call.Put("k", "1"), null, Stamp.attemptOf("r"), Status.INFO);
            attempt(30, 40, new Call.Put("k", "1"), written(1, 1), Stamp.attemptOf("r"), Status.OK);
            attempt(50, 60, new Call.Put("k", "1"), written(1, 1), Stamp.attemptOf("r"), Status.OK);
            accepts();
            attempt(70, 80, new Call.Put("k", "1"), written(2, 2), Stamp.attemptOf("r"), Status.OK);
            rejects("I20 exactly once", "answered differently");
        }

        @Test
        void theLedgerShowsASecondEffectAndAnEffectOfAFailedOne() {
            done(10, 20, new Call.Put("k", "1"), written(1, 1));
            attempt(30, 40, new Call.Put("k", "2"), null, Stamp.NONE, Status.FAIL);
            event(15, -1, new Observation.Committed(1, List.of(new Observation.Change("k", "1"))));
            accepts();
            event(50, -1, new Observation.Committed(2, List.of(new Observation.Change("k", "1"))));
            event(60, -1, new Observation.Committed(3, List.of(new Observation.Change("k", "2"))));
            rejects("I20 exactly once", "took effect 2 times");
            rejects("I20 exactly once", "took effect though");
        }

        @Test
        void anAcknowledgedWriteIsInTheLedgerAtItsRevision() {
            event(15, -1, new Observation.Committed(1, List.of(new Observation.Change("k", "1"))));
            done(10, 20, new Call.Put("k", "1"), written(1, 1));
            accepts();
            done(30, 40, new Call.Put("j", "9"), written(1, 2));
            rejects("I16 durability", "revision 2 holds nothing");
        }
    }

    @Nested
    final class Revisions {
        @Test
        void revisionsAreUniqueAndFollowRealTime() {
            done(10, 20, new Call.Put("a", "1"), written(1, 5));
            done(15, 40, new Call.Put("b", "1"), written(1, 4));
            accepts();
            done(50, 60, new Call.Put("c", "1"), written(1, 3));
            rejects("I18 revisions", "after revision 5 was answered");
            done(70, 80, new Call.Put("d", "1"), written(1, 5));
            rejects("I18 revisions", "told to two changes");
        }
    }

    @Nested
    final class Locks {
        @Test
        void grantsDoNotOverlapWhileALeaseLasts() {
            done(10, 20, new Call.Lock("l", 100L), new Answer.Granted(1, null));
            done(30, 40, new Call.Unlock("l", 1), new Answer.Released(true));
            done(25, 45, new Call.Lock("l", 100L), new Answer.Granted(2, null));
            accepts();
            done(50, 60, new Call.Lock("l", 100L), new Answer.Granted(3, null));
            rejects("I21 mutual exclusion", "tokens 2 and 3 were held together");
        }

        @Test
        void aLeaseThatEndedIsNoOverlap() {
            done(0, 20, new Call.Lock("l", 1000L), new Answer.Granted(1, null));
            done(2 * SECOND, 2 * SECOND + 5, new Call.Lock("l", 1000L), new Answer.Granted(2, null));
            accepts();
        }

        @Test
        void theSessionOfAGrantSaysHowLongItLasts() {
            event(0, 1, new Observation.SessionOpened(7, 1_000));
            event(10, -1, new Observation.QueueGranted("l", "7/1", 1, 3));
            done(5, 20, new Call.Lock("l", null), new Answer.Granted(1, null));
            done(SECOND, SECOND + 5, new Call.Lock("l", null), new Answer.Granted(2, null));
            accepts();
            history.add(new Event(1, new Observation.SessionRenewed(7), Status.OK, SECOND / 2, SECOND / 2 + 10));
            rejects("I21 mutual exclusion", "tokens 1 and 2 were held together");
        }

        @Test
        void aGrantThatWasTakenAwayLastsNoLonger() {
            event(0, 1, new Observation.SessionOpened(7, 1_000));
            event(10, -1, new Observation.QueueGranted("l", "7/1", 1, 3));
            done(5, 20, new Call.Lock("l", null), new Answer.Granted(1, null));
            event(30, -1, new Observation.QueueLeft("l", "7/1", 4));
            done(40, 50, new Call.Lock("l", null), new Answer.Granted(2, null));
            accepts();
        }

        @Test
        void tokensRiseAndAreUnique() {
            done(10, 20, new Call.Lock("l", null), new Answer.Granted(5, null));
            done(30, 40, new Call.Lock("l", null), new Answer.Granted(4, null));
            rejects("I21 mutual exclusion", "the later grant has the lower token");
            done(50, 60, new Call.Lock("l", null), new Answer.Granted(5, null));
            rejects("I21 mutual exclusion", "one token for two grants");
        }

        @Test
        void aResourceNeverTakesALowerTokenAfterAHigherOne() {
            attempt(10, 20, new Call.Put("k", "1"), written(1, 1), Stamp.fencedBy(1), Status.OK);
            attempt(30, 40, new Call.Put("k", "2"), written(2, 2), Stamp.fencedBy(2), Status.OK);
            accepts();
            attempt(50, 60, new Call.Put("k", "3"), written(3, 3), Stamp.fencedBy(1), Status.OK);
            rejects("I21 mutual exclusion", "accepted token 1 after token 2");
        }

        @Test
        void nobodyIsRefusedByALockThatIsFree() {
            done(10, 20, new Call.Lock("l", null), new Answer.Granted(1, null));
            attempt(25, 28, new Call.Lock("l", null), new Answer.Refused(true), Stamp.NONE, Status.FAIL);
            done(30, 40, new Call.Unlock("l", 1), new Answer.Released(true));
            accepts();
            attempt(50, 60, new Call.Lock("l", null), new Answer.Refused(true), Stamp.NONE, Status.FAIL);
            rejects("I21 mutual exclusion", "refused as held");
        }
    }

    @Nested
    final class LeasesOfSessions {
        @Test
        void aSessionIsNotExpiredBeforeItsTimeAfterTheLastConfirmedRenewal() {
            event(0, 1, new Observation.SessionOpened(7, 1_000));
            history.add(new Event(1, new Observation.SessionRenewed(7), Status.OK, SECOND / 2, SECOND / 2 + 10));
            event(SECOND * 3 / 2, -1, new Observation.SessionRemoved(7, Observation.Reason.EXPIRED, 9));
            accepts();
            event(0, 1, new Observation.SessionOpened(8, 1_000));
            event(SECOND * 9 / 10, -1, new Observation.SessionRemoved(8, Observation.Reason.EXPIRED, 5));
            rejects("I22 lease", "session 8 expired");
        }

        @Test
        void aSessionThatIsGoneIsNotRenewed() {
            event(0, 1, new Observation.SessionOpened(7, 1_000));
            event(5, -1, new Observation.SessionRemoved(7, Observation.Reason.CLOSED, 9));
            accepts();
            history.add(new Event(1, new Observation.SessionRenewed(7), Status.OK, 10, 20));
            rejects("I22 lease", "renewed after its end");
        }

        @Test
        void isHeldIsFalseOnceAnotherIsGranted() {
            done(10, 20, new Call.Lock("l", null), new Answer.Granted(1, null));
            event(25, 1, new Observation.HeldLook("l", 1, true));
            done(30, 40, new Call.Lock("l", null), new Answer.Granted(2, null));
            accepts();
            event(45, 1, new Observation.HeldLook("l", 1, true));
            rejects("I22 lease", "held under token 1");
        }

        @Test
        void isHeldIsFalseFromTheEntryThatGrantsAnother() {
            event(10, -1, new Observation.QueueGranted("l", "1/1", 1, 5));
            event(20, 1, new Observation.HeldLook("l", 1, true));
            event(30, -2, new Observation.QueueGranted("l", "2/1", 2, 6));
            event(30, 1, new Observation.HeldLook("l", 1, false));
            event(31, 2, new Observation.HeldLook("l", 2, true));
            accepts();
            event(32, 1, new Observation.HeldLook("l", 1, true));
            rejects("I22 lease", "when the state had granted token 2");
        }
    }

    @Nested
    final class Fairness {
        @Test
        void whoeverWaitsLongestIsGrantedFirst() {
            event(1, -1, new Observation.Enqueued("l", "1/1", 10));
            event(2, -1, new Observation.Enqueued("l", "2/1", 11));
            event(3, -1, new Observation.Enqueued("l", "3/1", 12));
            event(4, -1, new Observation.QueueLeft("l", "1/1", 13));
            event(5, -1, new Observation.QueueGranted("l", "2/1", 1, 14));
            accepts();
            event(6, -1, new Observation.Enqueued("l", "4/1", 15));
            event(7, -1, new Observation.QueueGranted("l", "4/1", 2, 16));
            rejects("I23 fairness", "4/1 was granted at index 16 before 3/1");
        }

        @Test
        void whoeverWasPutFirstOnPurposeIsFirst() {
            event(1, -1, new Observation.Enqueued("l", "1/1", 10));
            event(2, -1, new Observation.Enqueued("l", "2/1", 11));
            event(3, -1, new Observation.QueueMoved("l", "2/1", 12));
            event(4, -1, new Observation.QueueGranted("l", "2/1", 1, 13));
            accepts();
            event(5, -1, new Observation.Enqueued("l", "3/1", 14));
            event(6, -1, new Observation.QueueMoved("l", "3/1", 15));
            event(7, -1, new Observation.QueueGranted("l", "1/1", 2, 16));
            rejects("I23 fairness", "1/1 was granted at index 16 before 3/1");
        }
    }

    @Nested
    final class Watches {
        private final Call.Watch watch = new Call.Watch("p/", true, 1L);

        private void ledger() {
            event(1, -1, new Observation.Committed(1, List.of(new Observation.Change("p/a", "1"))));
            event(2, -1, new Observation.Committed(2, List.of(new Observation.Change("q", "9"))));
            event(3, -1, new Observation.Committed(3, List.of(new Observation.Change("p/a", null))));
        }

        private void sees(long upTo, WatchEvent... events) {
            done(4, 9, watch, new Answer.Seen(List.of(events), upTo));
        }

        @Test
        void everyMatchingChangeComesOnceAndInOrder() {
            ledger();
            sees(3, WatchEvent.put(1, "p/a", "1"), WatchEvent.delete(3, "p/a"));
            accepts();
            sees(3, WatchEvent.put(1, "p/a", "1"));
            rejects("I24 watch", "revision 3 of p/a is missing");
        }

        @Test
        void aRepeatedAnInventedAndAReorderedEventAreWrong() {
            ledger();
            sees(1, WatchEvent.put(1, "p/a", "1"), WatchEvent.put(1, "p/a", "1"));
            rejects("I24 watch", "came twice");
            sees(2, WatchEvent.put(1, "p/a", "1"), WatchEvent.put(2, "p/b", "1"));
            rejects("I24 watch", "never made");
            sees(3, WatchEvent.delete(3, "p/a"), WatchEvent.put(1, "p/a", "1"));
            rejects("I24 watch", "came after");
        }

        @Test
        void aMarkedSnapshotStandsForWhatCameBefore() {
            ledger();
            sees(3, WatchEvent.snapshot(2, Map.of("p/a", "1")), WatchEvent.delete(3, "p/a"));
            accepts();
            sees(3, WatchEvent.snapshot(2, Map.of()), WatchEvent.delete(3, "p/a"));
            rejects("I24 watch", "marked snapshot at revision 2");
        }

        @Test
        void withoutALedgerTheAcknowledgedChangesAreTheMeasure() {
            done(1, 2, new Call.Put("p/a", "1"), written(1, 1));
            done(3, 4, new Call.Put("p/a", "2"), written(2, 2));
            sees(2, WatchEvent.put(1, "p/a", "1"), WatchEvent.put(2, "p/a", "2"));
            accepts();
            sees(2, WatchEvent.put(2, "p/a", "2"));
            rejects("I24 watch", "revision 1 of p/a is missing");
        }
    }

    @Nested
    final class Workloads {
        private static final Call.Transaction SEE_ALL = new Call.Transaction(
                List.of(),
                List.of(new Call.Step(Call.Kind.GET, "bank/1", null), new Call.Step(Call.Kind.GET, "bank/2", null)),
                List.of());

        private static Answer balances(String one, String other) {
            return new Answer.Branch(
                    true, List.of(new Answer.Part(true, one, null), new Answer.Part(true, other, null)), null);
        }

        @Test
        void transfersKeepTheSum() {
            done(1, 2, new Call.Put("bank/1", "5"), written(1, 1));
            done(1, 2, new Call.Put("bank/2", "5"), written(1, 2));
            done(3, 4, SEE_ALL, balances("5", "5"));
            accepts();
            unknown(5, new Call.Put("bank/1", "4"));
            done(6, 7, SEE_ALL, balances("4", "5"));
            rejects("bank sum", "was 10, is 9");
        }

        @Test
        void aCounterEndsBetweenAcknowledgedAndPossibleIncrements() {
            done(1, 2, increment(null, "1"), new Answer.Compared(true, null, null, false, null));
            unknown(3, increment("1", "2"));
            event(9, 0, new Observation.FinalEntries(new TreeMap<>(Map.of("counter/c", "2"))));
            accepts();
            event(10, 0, new Observation.FinalEntries(new TreeMap<>(Map.of("counter/c", "3"))));
            rejects("counter", "counter/c is 3 after 1 acknowledged and 1 unknown");
        }

        private static Call increment(@Nullable String from, String to) {
            return new Call.CompareAndSet("counter/c", true, from, null, to);
        }

        @Test
        void everyListThatWasSeenIsABeginningOfTheLast() {
            done(
                    1,
                    2,
                    new Call.CompareAndSet("append/l", true, null, null, "a"),
                    new Answer.Compared(true, null, null, false, null));
            unknown(3, new Call.CompareAndSet("append/l", true, "a", null, "a,b"));
            event(9, 0, new Observation.FinalEntries(new TreeMap<>(Map.of("append/l", "a,b"))));
            accepts();
            event(10, 0, new Observation.FinalEntries(new TreeMap<>(Map.of("append/l", "b,b"))));
            rejects("append", "does not begin with a");
            rejects("append", "an element twice");
        }
    }

    @Nested
    final class ConfigReleases {
        private void publishes(long at, @Nullable Long expected, String key, String value, @Nullable Long version) {
            var change = List.of(new Observation.Change(key, value));
            history.add(new Event(
                    ++processes,
                    new Observation.ConfigPublished("ns", expected, change, version),
                    version == null ? Status.INFO : Status.OK,
                    at,
                    at + 1));
        }

        private void reads(long at, long version, Map<String, String> entries) {
            event(at, 1, new Observation.ConfigRead("ns", version, new TreeMap<>(entries)));
        }

        private void sees(long at, long version, Map<String, String> entries, boolean snapshot) {
            event(at, 2, new Observation.ConfigSeen("ns", version, new TreeMap<>(entries), snapshot));
        }

        @Test
        void aReleaseIsTheOneBeforeAndWhatWasPublished() {
            publishes(10, null, "a", "1", 1L);
            publishes(20, 1L, "b", "2", 2L);
            reads(30, 2, Map.of("a", "1", "b", "2"));
            accepts();
            reads(15, 1, Map.of("a", "1"));
            reads(40, 2, Map.of("b", "2"));
            rejects("config releases", "release 2 was seen as");
        }

        @Test
        void halfAReleaseAndAReleaseThatIsOldAreWrong() {
            publishes(10, 0L, "a", "1", 1L);
            publishes(20, 1L, "b", "2", 2L);
            reads(15, 1, Map.of("a", "1"));
            reads(30, 2, Map.of("b", "2"));
            rejects("config releases", "release 2 is {b=2}, not {a=1, b=2}");
            reads(40, 1, Map.of("a", "1"));
            rejects("config releases", "release 1 after release 2 was known");
        }

        @Test
        void versionsHaveNoGapAndFollowWhatWasExpected() {
            publishes(10, null, "a", "1", 1L);
            publishes(20, null, "a", "2", null);
            publishes(30, 2L, "a", "3", 3L);
            accepts();
            publishes(40, 2L, "a", "4", 5L);
            rejects("config releases", "published over release 2, became 5");
            rejects("config releases", "the last release is 5 after 3 acknowledged and 1 unknown");
        }

        @Test
        void aRollbackIsEqualToWhatItRollsBackTo() {
            publishes(10, null, "a", "1", 1L);
            publishes(20, null, "a", "2", 2L);
            event(30, 4, new Observation.ConfigRolledBack("ns", 1, 3L));
            reads(15, 1, Map.of("a", "1"));
            reads(40, 3, Map.of("a", "1"));
            accepts();
            event(50, 4, new Observation.ConfigRolledBack("ns", 1, 4L));
            reads(60, 4, Map.of("a", "2"));
            rejects("config releases", "release 4 is {a=2}, not {a=1}");
        }

        @Test
        void aWatcherMissesNoRelease() {
            publishes(10, null, "a", "1", 1L);
            publishes(20, null, "a", "2", 2L);
            publishes(30, null, "a", "3", 3L);
            sees(40, 1, Map.of("a", "1"), false);
            sees(41, 3, Map.of("a", "3"), true);
            accepts();
            publishes(50, null, "a", "4", 4L);
            publishes(60, null, "a", "5", 5L);
            sees(70, 5, Map.of("a", "5"), false);
            rejects("config releases", "saw release 5 after 3");
        }
    }

    @Nested
    final class Others {
        @Test
        void anObserverNeverSeesALowerTokenAndATokenNamesOneLeader() {
            event(1, 1, new Observation.LeaderObserved("e", 1, "x"));
            event(2, 1, new Observation.LeaderObserved("e", 2, "y"));
            event(3, 2, new Observation.LeaderObserved("e", 1, "x"));
            accepts();
            event(4, 1, new Observation.LeaderObserved("e", 1, "x"));
            rejects("I30 election", "saw token 1 after 2");
            event(5, 3, new Observation.LeaderObserved("e", 2, "z"));
            rejects("I30 election", "names y and z");
            event(6, -1, new Observation.QueueGranted("e", "7/1", 3, 9));
            event(7, 1, new Observation.LeaderObserved("e", 3, "8"));
            rejects("I30 election", "names 7 and 8");
        }

        @Test
        void membersThatAppliedTheSameAreEqual() {
            event(1, -1, new Observation.StateDigest(5, "aa"));
            event(2, -2, new Observation.StateDigest(5, "aa"));
            accepts();
            event(3, -3, new Observation.StateDigest(5, "ab"));
            rejects("I13 replica equality", "member 3 has digest ab");
        }

        @Test
        void aStaleReadReturnsSomethingThatWasWritten() {
            done(1, 2, new Call.Put("k", "1"), written(1, 1));
            done(3, 4, new Call.Put("k", "2"), written(2, 2));
            done(5, 6, new Call.Get("k", true), read("1"));
            accepts();
            done(7, 8, new Call.Get("k", true), read("3"));
            rejects("I19 stale reads", "nobody had begun to write");
        }

        @Test
        void aProcessHasOneOperationOpen() {
            done(1, 10, new Call.Get("k", false), read(null));
            accepts();
            history.add(new Operation(1, new Call.Get("k", false), Stamp.NONE, Status.OK, read(null), 5, 15));
            rejects("history", "while another was open");
        }
    }
}
