package io.gavel.server.state;

import static io.gavel.server.state.LogDriver.MILLIS;
import static io.gavel.server.state.LogDriver.put;
import static io.gavel.server.state.LogDriver.putOf;
import static io.gavel.server.state.LogDriver.stamp;
import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.CloseSession;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.EvictSession;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.SchemaCheck;
import io.gavel.protocol.v1.SequenceQuery;
import io.gavel.protocol.v1.SessionListQuery;
import io.gavel.protocol.v1.SessionQuery;
import io.gavel.protocol.v1.Txn;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.entry.v1.ClockEntry;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.entry.v1.Renewal;
import io.gavel.server.entry.v1.ServerCommand;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The schedules of rules 1, 2 and 4 to 7, each as it would break a system without the rule.
class SessionRulesTest {
    private static final long CLAMP_MILLIS = DefaultSettings.LEVEL_1.getClockClampNanos() / MILLIS;
    private static final Command CLOSE = Command.newBuilder()
            .setCloseSession(CloseSession.getDefaultInstance())
            .build();

    private final LogDriver driver = new LogDriver();

    private static Command evict(long session, boolean now) {
        return Command.newBuilder()
                .setEvictSession(EvictSession.newBuilder().setSessionId(session).setNow(now))
                .build();
    }

    private static void assertExpired(CommandResult result) {
        assertThat(result.getError().getCode()).isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(result.getError().getOutcome()).isEqualTo(Outcome.UNKNOWN);
    }

    private boolean lives(long session) {
        return driver.machine
                .read(Query.newBuilder()
                        .setSession(SessionQuery.newBuilder().setSessionId(session))
                        .build())
                .hasSession();
    }

    @Nested
    class Rule1TheClockEntry {
        @Test
        void openJustBeforeALateEntryStillLastsItsTtl() {
            // No session for an hour: the next entry advances by a whole clamp that passed before the open.
            long session = driver.open(1_000);
            driver.clock(CLAMP_MILLIS);
            driver.clock(CLAMP_MILLIS);
            assertThat(lives(session)).isTrue();
            driver.clock(CLAMP_MILLIS - 1);
            assertThat(lives(session)).isTrue();
            driver.clock(1);
            assertThat(lives(session)).isFalse();
        }

        @Test
        void renewalCountsFromTheTimeOfItsOwnEntry() {
            long session = driver.open(1_000);
            driver.clock(500, session);
            driver.clock(500);
            driver.clock(499);
            assertThat(lives(session)).isTrue();
            driver.clock(1);
            assertThat(lives(session)).isFalse();
        }

        @Test
        void aPauseAdvancesTimeByOneClampOnly() {
            driver.clock(3_600_000);
            assertThat(driver.machine.published().replicatedTimeNanos()).isEqualTo(CLAMP_MILLIS * MILLIS);
        }

        @Test
        void aRenewalInTheEntryThatReachesTheDeadlineSaves() {
            long session = driver.open(1_000);
            driver.clock(500);
            driver.clock(500);
            driver.clock(500, session);
            assertThat(driver.listener.renewals).last().asString().endsWith("renewed");
            driver.clock(500);
            assertThat(lives(session)).isTrue();
        }

        @Test
        void aRenewalWithAnotherProofIsRefused() {
            long session = driver.open(1_000);
            driver.server(ServerCommand.newBuilder()
                    .setClock(ClockEntry.newBuilder()
                            .addRenewals(Renewal.newBuilder()
                                    .setSessionId(session)
                                    .setProof(LogDriver.proof(99))
                                    .setRenewalId(1))));
            assertThat(driver.listener.renewals).last().asString().endsWith("INVALID_ARGUMENT");
            driver.pass(1_500);
            assertThat(lives(session)).isFalse();
        }

        @Test
        void keyTimeToLiveLastsOneClampLonger() {
            driver.execute(put(putOf("k", "v").setTtlMillis(1_000)));
            driver.pass(1_000 + CLAMP_MILLIS - 250);
            assertThat(driver.get("k").getTtlRemainingMillis()).isEqualTo(250);
            driver.pass(250);
            assertThat(driver.exists("k")).isFalse();
        }
    }

    @Nested
    class Rule2LateButBounded {
        @Test
        void oneEntryRemovesABoundedNumberOfSessions() {
            driver.change(ClusterSettings.newBuilder().setExpirySessionsPerEntry(3));
            for (int i = 0; i < 8; i++) {
                long session = driver.open(1_000);
                driver.execute(session, put(putOf("e" + i, "v").setEphemeral(true)));
            }
            long before = driver.machine.published().revision();
            driver.pass(1_500);
            assertThat(driver.machine.published().revision()).isEqualTo(before + 3);
            assertThat(driver.machine.published().moreToExpire()).isTrue();
            driver.continueExpiry();
            assertThat(driver.machine.published().moreToExpire()).isTrue();
            driver.continueExpiry();
            assertThat(driver.machine.published().moreToExpire()).isFalse();
            assertThat(driver.machine.published().revision()).isEqualTo(before + 8);
            assertThat(driver.machine.published().anythingCanExpire()).isFalse();
        }

        @Test
        void aSessionsKeysEndTogetherAndTheKeyBudgetHolds() {
            driver.change(ClusterSettings.newBuilder().setExpiryKeysPerEntry(4));
            for (int i = 0; i < 3; i++) {
                long session = driver.open(1_000);
                for (int k = 0; k < 3; k++) {
                    driver.execute(session, put(putOf("s" + i + "k" + k, "v").setEphemeral(true)));
                }
            }
            long before = driver.machine.published().revision();
            driver.pass(1_500);
            assertThat(driver.listener.events.get(before + 1)).hasSize(3);
            assertThat(driver.machine.published().revision()).isEqualTo(before + 1);
            assertThat(driver.machine.published().moreToExpire()).isTrue();
        }

        @Test
        void aSessionLargerThanTheBudgetStillGoes() {
            driver.change(ClusterSettings.newBuilder().setExpiryKeysPerEntry(2));
            long session = driver.open(1_000);
            for (int k = 0; k < 5; k++) {
                driver.execute(session, put(putOf("k" + k, "v").setEphemeral(true)));
            }
            driver.pass(1_500);
            assertThat(lives(session)).isFalse();
            assertThat(driver.exists("k4")).isFalse();
        }

        @Test
        void aDeadSessionIsRefusedBeforeItIsRemoved() {
            driver.change(ClusterSettings.newBuilder().setExpirySessionsPerEntry(1));
            long first = driver.open(1_000);
            long second = driver.open(1_000);
            driver.pass(1_500);
            assertThat(lives(first)).isFalse();
            assertThat(lives(second)).as("not removed yet").isTrue();
            assertExpired(driver.execute(second, put("k", "v")));
            assertThat(driver.exists("k")).isFalse();
            driver.clock(0, second);
            assertThat(driver.listener.renewals).last().asString().endsWith("SESSION_EXPIRED");
        }

        @Test
        void aGuardOnADeadSessionFailsBeforeItIsRemoved() {
            driver.change(ClusterSettings.newBuilder().setExpirySessionsPerEntry(1));
            driver.open(1_000);
            long second = driver.open(1_000);
            Command guarded =
                    LogDriver.txn(Txn.newBuilder().addGuards(Guard.newBuilder().setSessionAlive(second)));
            assertThat(driver.execute(guarded).getTxn().getSucceeded()).isTrue();
            driver.pass(1_500);
            assertThat(lives(second)).as("not removed yet").isTrue();
            assertThat(driver.execute(guarded).getError().getCode()).isEqualTo(ErrorCode.CONFLICT);
        }

        @Test
        void sessionsEndInTheOrderOfDeadlineAndId() {
            long late = driver.open(2_000);
            long a = driver.open(1_000);
            long b = driver.open(1_000);
            for (long session : new long[] {late, b, a}) {
                driver.execute(session, put(putOf("of-" + session, "v").setEphemeral(true)));
            }
            driver.pass(3_000);
            assertThat(driver.listener.sessionEvents.keySet()).containsExactly(a, b, late);
        }
    }

    @Nested
    class Rule4LossesThatAreNotExpiries {
        @Test
        void anEvictedSessionLosesItsKeysAtOnce() {
            long session = driver.open(10_000);
            driver.execute(session, put(putOf("k", "v").setEphemeral(true)));
            assertThat(driver.execute(evict(session, false)).hasDone()).isTrue();
            assertThat(driver.exists("k")).isFalse();
            assertExpired(driver.execute(session, put("k", "v")));
            driver.clock(250, session);
            assertThat(driver.listener.renewals).last().asString().endsWith("SESSION_EXPIRED");
            assertThat(driver.listener.sessionEvents).containsKey(session);
        }

        @Test
        void evictingNobodyIsNotFound() {
            assertThat(driver.execute(evict(77, true)).getError().getCode()).isEqualTo(ErrorCode.NOT_FOUND);
        }
    }

    @Nested
    class Rule5TheWindow {
        @Test
        void aDelayedCopyBelowTheFloorIsNeverExecuted() {
            long session = driver.open(10_000);
            driver.execute(stamp(session, 5, 5), put("k", "five"));
            driver.execute(stamp(session, 6, 6), put("k", "six"));
            CommandResult copy = driver.execute(stamp(session, 5, 5), put("k", "five"));
            assertThat(copy.getError().getCode()).isEqualTo(ErrorCode.ALREADY_ACKNOWLEDGED);
            assertThat(copy.getError().getOutcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(driver.get("k").getVersion()).isEqualTo(2);
        }

        @Test
        void requestsInFlightTogetherMayRunInAnyOrder() {
            long session = driver.open(10_000);
            for (long sequence : new long[] {1_024, 3, 700, 1}) {
                assertThat(driver.execute(stamp(session, sequence, 1), put("k" + sequence, "v"))
                                .hasPut())
                        .isTrue();
            }
            for (long sequence : new long[] {1_024, 3, 700, 1}) {
                assertThat(driver.execute(stamp(session, sequence, 1), put("k" + sequence, "v"))
                                .getRevision())
                        .isLessThanOrEqualTo(4);
            }
            assertThat(driver.machine.published().revision()).isEqualTo(4);
        }

        @Test
        void aSequenceBeyondTheWindowEndsTheSession() {
            long session = driver.open(10_000);
            driver.execute(stamp(session, 1, 1), put(putOf("e", "v").setEphemeral(true)));
            CommandResult result = driver.execute(stamp(session, 1_025, 1), put("k", "v"));
            assertThat(result.getError().getCode()).isEqualTo(ErrorCode.SESSION_EXPIRED);
            assertThat(result.getError().getOutcome()).isEqualTo(Outcome.NOT_APPLIED);
            assertThat(driver.exists("k")).isFalse();
            assertThat(driver.exists("e")).isFalse();
            assertThat(lives(session)).isFalse();
        }

        @Test
        void anOlderFloorDoesNotBringResultsBack() {
            long session = driver.open(10_000);
            driver.execute(stamp(session, 9, 9), put("k", "v"));
            assertThat(driver.execute(stamp(session, 10, 1), put("k", "w")).hasPut())
                    .isTrue();
            assertThat(driver.execute(stamp(session, 8, 1), put("k", "x"))
                            .getError()
                            .getCode())
                    .isEqualTo(ErrorCode.ALREADY_ACKNOWLEDGED);
        }

        @Test
        void aFloorAboveTheSequenceIsRefused() {
            long session = driver.open(10_000);
            assertThat(driver.execute(stamp(session, 1, 2), put("k", "v"))
                            .getError()
                            .getField())
                    .isEqualTo("floor");
            assertThat(driver.execute(stamp(session, 1, 1), put("k", "v")).hasPut())
                    .isTrue();
        }
    }

    @Nested
    class Rule6OutcomeIsPerAttempt {
        @Test
        void aRefusalDecidedByTheLogIsTheResultForGood() {
            long session = driver.open(10_000);
            Command onlyIfAbsent = put(putOf("k", "v").setIfVersion(0));
            driver.execute(put("k", "other"));
            CommandResult refused = driver.execute(stamp(session, 1, 1), onlyIfAbsent);
            assertThat(refused.getError().getCode()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(refused.getError().getOutcome()).isEqualTo(Outcome.NOT_APPLIED);
            driver.execute(LogDriver.delete("k"));
            assertThat(driver.execute(stamp(session, 1, 1), onlyIfAbsent)).isEqualTo(refused);
            assertThat(driver.exists("k")).isFalse();
        }

        @Test
        void whatASchemaCheckFoundIsDecidedByTheFirstAttempt() {
            // A client repeats a request whose answer is late; by then a schema refuses it. Both answers must be one.
            long session = driver.open(10_000);
            Command publish = Command.newBuilder()
                    .setPublishConfig(
                            PublishConfig.newBuilder().setNamespace("n").putSet("k", "v"))
                    .build();
            SchemaCheck fits = SchemaCheck.newBuilder().setDocumentVersion(0).build();
            SchemaCheck doesNotFit = SchemaCheck.newBuilder()
                    .setRefusal(Refusals.invalid("document", "the schema", "", "k is not a number"))
                    .build();
            CommandResult first = driver.execute(stamp(session, 1, 1), withCheck(publish, fits));
            assertThat(first.getConfig().getVersion()).isEqualTo(1);
            assertThat(driver.execute(stamp(session, 1, 1), withCheck(publish, doesNotFit)))
                    .isEqualTo(first);
            CommandResult refused = driver.execute(stamp(session, 2, 2), withCheck(publish, doesNotFit));
            assertThat(refused.getDecided()).isTrue();
            assertThat(refused.getError().getOutcome()).isEqualTo(Outcome.NOT_APPLIED);
            assertThat(driver.execute(stamp(session, 2, 2), withCheck(publish, fits)))
                    .isEqualTo(refused);
        }

        private Command withCheck(Command command, SchemaCheck check) {
            return command.toBuilder().setSchemaCheck(check).build();
        }

        @Test
        void overloadedIsAStoredResultToo() {
            long session = driver.open(10_000);
            driver.change(ClusterSettings.newBuilder().setSessionResultBytes(1 << 20));
            CommandResult first = driver.execute(stamp(session, 1, 1), put("k", "v"));
            assertThat(first.getError().getCode()).isNotEqualTo(ErrorCode.OVERLOADED);
            CommandResult refused = driver.execute(stamp(session, 2, 1), put("k", "w"));
            assertThat(refused.getError().getCode()).isEqualTo(ErrorCode.OVERLOADED);
            assertThat(refused.getError().getField()).isEqualTo("result bytes of the session");
            driver.change(ClusterSettings.newBuilder().setSessionResultBytes(4 << 20));
            assertThat(driver.execute(stamp(session, 2, 1), put("k", "w"))).isEqualTo(refused);
            assertThat(driver.get("k").getValue().toStringUtf8()).isEqualTo("v");
        }

        @Test
        void acknowledgingMakesRoomAgain() {
            long session = driver.open(10_000);
            driver.change(ClusterSettings.newBuilder().setTotalResultBytes(1 << 20));
            driver.execute(stamp(session, 1, 1), put("k", "v"));
            assertThat(driver.execute(stamp(session, 2, 1), put("k", "w"))
                            .getError()
                            .getField())
                    .isEqualTo("result bytes of all sessions");
            assertThat(driver.execute(stamp(session, 3, 3), put("k", "x")).hasPut())
                    .isTrue();
        }

        @Test
        void fullResultsDoNotHoldUpWhatGivesBack() {
            long session = driver.open(10_000);
            driver.change(ClusterSettings.newBuilder().setSessionResultBytes(1 << 20));
            driver.execute(stamp(session, 1, 1), put("k", "v"));
            assertThat(driver.execute(stamp(session, 2, 1), LogDriver.delete("k"))
                            .getDelete()
                            .getDeleted())
                    .isEqualTo(1);
        }
    }

    @Nested
    class Rule7EndOfASession {
        @Test
        void aRetriedSequenceAfterTheEndIsUnknown() {
            long session = driver.open(1_000);
            driver.execute(stamp(session, 1, 1), put("k", "v"));
            driver.pass(1_500);
            assertExpired(driver.execute(stamp(session, 1, 1), put("k", "v")));
            assertThat(driver.get("k").getVersion()).isEqualTo(1);
        }

        @Test
        void openIsIdempotentByNonce() {
            CommandResult first = driver.execute(LogDriver.openCommand(1, 10_000));
            CommandResult again = driver.execute(LogDriver.openCommand(1, 10_000));
            assertThat(again.getOpenSession()).isEqualTo(first.getOpenSession());
            assertThat(driver.execute(LogDriver.openCommand(1, 20_000))
                            .getError()
                            .getField())
                    .isEqualTo("open_session.nonce");
        }

        @Test
        void sessionIdsAreNeverUsedAgain() {
            long first = driver.open(10_000);
            driver.execute(first, CLOSE);
            CommandResult next = driver.execute(LogDriver.openCommand(first, 10_000));
            assertThat(next.getOpenSession().getSessionId()).isEqualTo(first + 1);
        }

        @Test
        void anotherClientsSecretIsRefused() {
            long session = driver.open(10_000);
            CommandResult result = driver.execute(new RequestStamp(session, LogDriver.proof(99), 1, 1), put("k", "v"));
            assertThat(result.getError().getCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
            assertThat(result.getError().getMessage()).contains("not yours");
            assertThat(driver.exists("k")).isFalse();
            assertThat(driver.execute(stamp(session, 1, 1), put("k", "v")).hasPut())
                    .isTrue();
        }

        @Test
        void theSameSequenceWithOtherBytesIsRefused() {
            long session = driver.open(10_000);
            CommandResult first = driver.execute(stamp(session, 1, 1), put("k", "v"));
            Error refused =
                    driver.execute(stamp(session, 1, 1), put("k", "other")).getError();
            assertThat(refused.getCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
            assertThat(refused.getField()).isEqualTo("sequence");
            assertThat(driver.execute(stamp(session, 1, 1), put("k", "v"))).isEqualTo(first);
            assertThat(driver.get("k").getVersion()).isEqualTo(1);
        }

        @Test
        void aSequenceTellsWhatBecameOfIt() {
            long session = driver.open(10_000);
            driver.execute(stamp(session, 4, 4), put("k", "v"));
            assertThat(sequence(session, 3).getSequence().getAcknowledged()).isTrue();
            assertThat(sequence(session, 4).getSequence().getResult().hasPut()).isTrue();
            assertThat(sequence(session, 5).getSequence().getNotAppliedYet()).isTrue();
            assertThat(sequence(session, 5_000).getSequence().getNotAppliedYet())
                    .isTrue();
            assertThat(sequence(99, 1).getError().getCode()).isEqualTo(ErrorCode.SESSION_EXPIRED);
        }

        private QueryResult sequence(long session, long sequence) {
            return driver.machine.read(Query.newBuilder()
                    .setSequence(
                            SequenceQuery.newBuilder().setSessionId(session).setSequence(sequence))
                    .build());
        }
    }

    @Nested
    class Limits {
        @Test
        void timesToLiveHaveBounds() {
            for (long ttl : new long[] {0, 999, 86_400_001, -1}) {
                Error error = driver.execute(LogDriver.openCommand(5, ttl)).getError();
                assertThat(error.getField()).isEqualTo("open_session.ttl_millis");
                assertThat(error.getLimit()).isEqualTo("1000 to 86400000");
                assertThat(error.getValue()).isEqualTo(Long.toUnsignedString(ttl));
            }
        }

        @Test
        void theNumberOfSessionsHasALimit() {
            driver.change(ClusterSettings.newBuilder().setMaxSessions(2));
            driver.open(10_000);
            driver.open(10_000);
            Error error = driver.execute(LogDriver.openCommand(3, 10_000)).getError();
            assertThat(error.getCode()).isEqualTo(ErrorCode.OVERLOADED);
            assertThat(error.getLimit()).isEqualTo("2");
        }

        @Test
        void sessionsAreListedInPages() {
            for (int i = 0; i < 5; i++) {
                driver.open(10_000);
            }
            driver.execute(2, put(putOf("k", "v").setEphemeral(true)));
            QueryResult page = list(1, 3);
            assertThat(page.getSessionList().getSessionsList())
                    .extracting(each -> each.getSessionId())
                    .containsExactly(2L, 3L, 4L);
            assertThat(page.getSessionList().getSessions(0).getEphemeralKeys()).isEqualTo(1);
            assertThat(page.getSessionList().getSessions(0).getOwner()).isEqualTo("client-2");
            assertThat(page.getSessionList().getMore()).isTrue();
            assertThat(list(4, 3).getSessionList().getMore()).isFalse();
        }

        private QueryResult list(long after, int limit) {
            return driver.machine.read(Query.newBuilder()
                    .setSessionList(
                            SessionListQuery.newBuilder().setAfter(after).setLimit(limit))
                    .build());
        }
    }
}
