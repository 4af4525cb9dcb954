package io.gavel.server.api.grpc;

import static io.gavel.server.api.grpc.ApiFixture.failure;
import static io.gavel.server.api.grpc.ApiFixture.get;
import static io.gavel.server.api.grpc.ApiFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Consistency;
import io.gavel.protocol.v1.CountQuery;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.ExecuteRequest;
import io.gavel.protocol.v1.ExecuteResponse;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.ReadRequest;
import io.gavel.protocol.v1.ReadResponse;
import io.gavel.protocol.v1.RenewRequest;
import io.gavel.protocol.v1.SessionRef;
import io.gavel.server.api.ReadRouter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UnaryCallsTest {
    private ApiFixture fixture;

    @BeforeEach
    void start() throws IOException {
        fixture = new ApiFixture();
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void aWriteIsReadBackAndEveryAnswerSaysWhoAnswers() {
        ExecuteResponse written = fixture.gavel()
                .execute(ExecuteRequest.newBuilder().setCommand(put("a", "1")).build());

        assertThat(written.getResult().getRevision()).isEqualTo(1);
        assertThat(written.getHeader().getMemberId()).isEqualTo(1);
        assertThat(written.getHeader().getLeaderId()).isEqualTo(1);
        assertThat(written.getHeader().getIncarnation()).isEqualTo(1);
        assertThat(written.getHeader().getRevision()).isEqualTo(1);
        assertThat(written.getHeader().getClusterId().size()).isEqualTo(16);
        assertThat(fixture.value("a")).isEqualTo("1");
    }

    @Test
    void rangesAndCountsAreServed() {
        for (int i = 0; i < 5; i++) {
            fixture.execute(put("k" + i, "v" + i));
        }
        ReadResponse range = read(Query.newBuilder()
                .setRange(RangeQuery.newBuilder()
                        .setPrefix(ByteString.copyFromUtf8("k"))
                        .setLimit(3))
                .build());
        ReadResponse count = read(Query.newBuilder()
                .setCount(CountQuery.newBuilder().setPrefix(ByteString.copyFromUtf8("k")))
                .build());

        assertThat(range.getResult().getRange().getEntriesList())
                .extracting(entry -> entry.getKey().toStringUtf8())
                .containsExactly("k0", "k1", "k2");
        assertThat(range.getResult().getRange().getMore()).isTrue();
        assertThat(count.getResult().getCount().getCount()).isEqualTo(5);
    }

    @Test
    void aRetryOfASequenceReturnsTheFirstResult() {
        SessionRef session = fixture.openSession(10_000);

        CommandResult first = fixture.execute(session, 1, put("a", "1"));
        fixture.execute(session, 2, put("a", "2"));
        CommandResult retried = fixture.execute(session, 1, put("a", "1"));

        assertThat(retried).isEqualTo(first);
        assertThat(fixture.value("a")).isEqualTo("2");
    }

    @Test
    void aFailedCompareIsAConflictInStatusAndTrailer() throws Exception {
        fixture.execute(put("a", "1"));
        Command onlyIfAbsent = Command.newBuilder()
                .setPut(Put.newBuilder().setKey(ByteString.copyFromUtf8("a")).setIfVersion(0))
                .build();

        Error error = failure(() -> fixture.execute(onlyIfAbsent));

        assertThat(error.getCode()).isEqualTo(ErrorCode.CONFLICT);
        assertThat(error.getOutcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(error.getCurrentVersion()).isEqualTo(1);
    }

    @Test
    void aRefusedRequestNeverReachesTheLog() throws Exception {
        Error tooLong = failure(() -> fixture.execute(put("k".repeat(1025), "1")));
        Error empty = failure(() -> fixture.execute(Command.getDefaultInstance()));
        Error deadline = failure(() -> fixture.gavel()
                .execute(ExecuteRequest.newBuilder()
                        .setCommand(put("a", "1"))
                        .setDeadlineMillis(60_001)
                        .build()));
        Error sequence = failure(() -> fixture.execute(
                SessionRef.newBuilder()
                        .setSessionId(1)
                        .setSecret(ByteString.copyFrom(new byte[16]))
                        .build(),
                0,
                put("a", "1")));
        Error secret = failure(
                () -> fixture.execute(SessionRef.newBuilder().setSessionId(1).build(), 1, put("a", "1")));

        assertThat(tooLong.getField()).isEqualTo("put.key");
        assertThat(empty.getCode()).isEqualTo(ErrorCode.UNSUPPORTED);
        assertThat(deadline.getField()).isEqualTo("deadline_millis");
        assertThat(sequence.getField()).isEqualTo("sequence");
        assertThat(secret.getField()).isEqualTo("session.secret");
        assertThat(fixture.consensus.proposed()).isEmpty();
    }

    @Test
    void aFullMailboxIsOverloadedAndNothingIsApplied() throws Exception {
        fixture.consensus.fillMailbox(true);

        Error write = failure(() -> fixture.execute(put("a", "1")));
        Error read = failure(() -> read(get("a")));
        fixture.consensus.fillMailbox(false);

        assertThat(write.getCode()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(write.getOutcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(read.getCode()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(fixture.value("a")).isEmpty();
    }

    @Test
    void withoutALeaderNothingIsServedButStaleReads() throws Exception {
        fixture.execute(put("a", "1"));
        fixture.value("a");
        fixture.consensus.loseLeader(true);

        assertThat(failure(() -> fixture.execute(put("a", "2"))).getCode()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(failure(() -> read(get("a"))).getCode()).isEqualTo(ErrorCode.UNAVAILABLE);
        ReadResponse stale =
                read(get("a").toBuilder().setConsistency(Consistency.STALE).build());
        assertThat(stale.getResult().getGet().getEntry().getValue().toStringUtf8())
                .isEqualTo("1");
        assertThat(stale.getResult().getMaxAgeMillis()).isBetween(1L, 60_000L);
    }

    @Test
    void aMemberThatNeverConfirmedAReadPointDoesNotGuessTheAgeOfAStaleAnswer() {
        fixture.consensus.loseLeader(true);

        ReadResponse stale =
                read(get("a").toBuilder().setConsistency(Consistency.STALE).build());

        assertThat(stale.getResult().getMaxAgeMillis()).isEqualTo(ReadRouter.AGE_UNKNOWN_MILLIS);
    }

    @Test
    void aFullDiskRefusesGrowthAndKeepsDeletesSessionsAndReads() throws Exception {
        fixture.execute(put("a", "1"));
        fixture.consensus.fillDisk(true);

        assertThat(failure(() -> fixture.execute(put("b", "1"))).getCode()).isEqualTo(ErrorCode.STORAGE_FULL);
        assertThat(fixture.openSession(5_000).getSessionId()).isNotZero();
        assertThat(fixture.value("a")).isEqualTo("1");
        fixture.execute(Command.newBuilder()
                .setDelete(Delete.newBuilder().setKey(ByteString.copyFromUtf8("a")))
                .build());
        assertThat(fixture.value("a")).isEmpty();
    }

    @Test
    void aReadWaitsForTheRevisionItAsksFor() throws Exception {
        try (ExecutorService caller = Executors.newSingleThreadExecutor()) {
            Future<ReadResponse> waiting = caller.submit(
                    () -> read(get("a").toBuilder().setNotBeforeRevision(1).build()));
            await().until(() -> !waiting.isDone());
            fixture.execute(put("a", "1"));

            assertThat(waiting.get().getResult().getGet().getEntry().getValue().toStringUtf8())
                    .isEqualTo("1");
        }
    }

    @Test
    void aReadOfARevisionThatDoesNotComeEndsAtItsDeadline() throws Exception {
        Error error = failure(() -> fixture.gavel()
                .read(ReadRequest.newBuilder()
                        .setQuery(get("a").toBuilder().setNotBeforeRevision(99))
                        .setDeadlineMillis(50)
                        .build()));

        assertThat(error.getCode()).isEqualTo(ErrorCode.DEADLINE);
    }

    @Test
    void aRenewalNeedsTheSecretOfALivingSession() throws Exception {
        SessionRef session = fixture.openSession(5_000);
        assertThat(fixture.gavel()
                        .renew(RenewRequest.newBuilder().setSession(session).build())
                        .getTtlMillis())
                .isEqualTo(5_000);

        SessionRef stranger =
                session.toBuilder().setSecret(ByteString.copyFrom(new byte[16])).build();
        assertThat(failure(() -> fixture.gavel()
                                .renew(RenewRequest.newBuilder()
                                        .setSession(stranger)
                                        .build()))
                        .getCode())
                .isEqualTo(ErrorCode.INVALID_ARGUMENT);

        fixture.consensus.advance(20_000_000_000L);
        assertThat(failure(() -> fixture.gavel()
                                .renew(RenewRequest.newBuilder()
                                        .setSession(session)
                                        .build()))
                        .getCode())
                .isEqualTo(ErrorCode.SESSION_EXPIRED);
    }

    @Test
    void anAnswerForACallThatWasCancelledDisturbsNobody() {
        fixture.consensus.hold();
        try {
            fixture.gavel()
                    .withDeadlineAfter(100, TimeUnit.MILLISECONDS)
                    .execute(ExecuteRequest.newBuilder()
                            .setCommand(put("a", "1"))
                            .build());
        } catch (StatusRuntimeException timedOut) {
            assertThat(timedOut.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        }
        fixture.consensus.letGo();

        assertThat(fixture.value("a")).isEqualTo("1");
    }

    private ReadResponse read(Query query) {
        return fixture.gavel().read(ReadRequest.newBuilder().setQuery(query).build());
    }
}
