package io.gavel.server.api.grpc;

import static io.gavel.server.api.grpc.ApiFixture.failure;
import static io.gavel.server.api.grpc.ApiFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.Uninterruptibles;
import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.AcquireLock;
import io.gavel.protocol.v1.AwaitGrantRequest;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.ForceReleaseLock;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.KeyWatch;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.ReadResponse;
import io.gavel.protocol.v1.ReleaseLock;
import io.gavel.protocol.v1.RollbackConfig;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.SessionRef;
import io.gavel.protocol.v1.SetSchema;
import io.gavel.protocol.v1.WaiterQuery;
import io.gavel.protocol.v1.WaiterState;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WatchAndGrantTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String SCHEMA =
            "{\"properties\":{\"max\":{\"type\":\"integer\",\"maximum\":10},\"min\":{\"type\":\"integer\"}}}";

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
    void aWatchBeginsWithWhatIsThereAndGoesOn() {
        fixture.execute(put("a/1", "old"));
        Iterator<WatchResponse> watch = fixture.gavel().watch(keys("a/", 0));
        WatchResponse first = watch.next();
        fixture.execute(put("b/1", "not watched"));
        fixture.execute(put("a/2", "new"));

        assertThat(first.getSnapshot().getLast()).isTrue();
        assertThat(first.getSnapshot().getRevision()).isEqualTo(1);
        assertThat(first.getSnapshot().getEntriesList())
                .extracting(entry -> entry.getKey().toStringUtf8())
                .containsExactly("a/1");
        assertThat(events(watch, 1))
                .extracting(
                        WatchEvent::getRevision,
                        event -> event.getEntry().getKey().toStringUtf8())
                .containsExactly(tuple(3L, "a/2"));
    }

    @Test
    void aWatchResumesAtItsRevision() {
        for (int i = 1; i <= 5; i++) {
            fixture.execute(put("a/" + i, "v"));
        }
        Iterator<WatchResponse> watch = fixture.gavel().watch(keys("a/", 3));

        assertThat(events(watch, 3)).extracting(WatchEvent::getRevision).containsExactly(3L, 4L, 5L);
    }

    @Test
    void aWatchOfNothingKnownIsRefused() throws Exception {
        Iterator<WatchResponse> watch = fixture.gavel().watch(WatchRequest.getDefaultInstance());
        Error error = watch.next().getError();

        assertThat(error.getCode()).isIn(ErrorCode.INVALID_ARGUMENT, ErrorCode.UNSUPPORTED);
        assertThat(failure(watch::hasNext).getCode()).isEqualTo(error.getCode());
    }

    @Test
    void whatIsThereNowIsNotToldWithoutALeader() {
        fixture.consensus.loseLeader(true);

        assertThat(fixture.gavel().watch(keys("a/", 0)).next().getError().getCode())
                .isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void aReleaseHandsOverToTheWaiterAndItsStreamHearsOfIt() {
        SessionRef first = fixture.openSession(10_000);
        SessionRef second = fixture.openSession(10_000);
        long token = fixture.execute(first, 1, acquire()).getGrant().getToken();
        StreamClient waiting = new StreamClient(fixture.channel).hello(second);
        waiting.send(StreamClient.command(1, acquire()));
        CommandResult queued =
                waiting.awaitFrame(ServerFrame::hasCommand).getCommand().getResult();
        fixture.execute(first, 2, release(token));

        ServerFrame granted = waiting.awaitFrame(ServerFrame::hasEvent);
        assertThat(queued.getQueued().getWaiter().getSequence()).isEqualTo(1);
        assertThat(granted.getEvent().getGranted().getWaiter())
                .isEqualTo(queued.getQueued().getWaiter());
        assertThat(granted.getEvent().getGranted().getToken()).isGreaterThan(token);
    }

    @Test
    void aReconnectedStreamIsToldWhatItHolds() {
        SessionRef session = fixture.openSession(10_000);
        long token = fixture.execute(session, 1, acquire()).getGrant().getToken();

        ServerFrame event = new StreamClient(fixture.channel).hello(session).awaitFrame(ServerFrame::hasEvent);

        assertThat(event.getEvent().getGranted().getToken()).isEqualTo(token);
        assertThat(event.getEvent().getGranted().getName()).isEqualTo("l");
    }

    @Test
    void aStreamHearsOfALossThatCameWithASnapshot() {
        SessionRef session = fixture.openSession(10_000);
        long token = fixture.execute(session, 1, acquire()).getGrant().getToken();
        StreamClient holder = new StreamClient(fixture.channel).hello(session);
        holder.awaitFrame(frame -> frame.getEvent().hasGranted());

        fixture.catchUpBySnapshot(() -> fixture.execute(Command.newBuilder()
                .setForceReleaseLock(ForceReleaseLock.newBuilder().setName("l").setToken(token))
                .build()));

        ServerFrame lost = holder.awaitFrame(frame -> frame.getEvent().hasLost());
        assertThat(lost.getEvent().getLost().getToken()).isEqualTo(token);
    }

    @Test
    void aLongPollEndsWithAGrantThatCameWithASnapshot() throws Exception {
        SessionRef first = fixture.openSession(10_000);
        SessionRef second = fixture.openSession(10_000);
        long token = fixture.execute(first, 1, acquire()).getGrant().getToken();
        CommandResult queued = fixture.execute(second, 1, acquire());
        try (ExecutorService caller = Executors.newSingleThreadExecutor()) {
            Future<WaiterState> poll = caller.submit(() -> awaitGrant(queued, 20_000));
            await().atMost(PATIENCE).during(Duration.ofMillis(100)).until(() -> !poll.isDone());
            fixture.catchUpBySnapshot(() -> fixture.execute(first, 2, release(token)));

            assertThat(poll.get(5, TimeUnit.SECONDS).getGranted().getToken()).isGreaterThan(token);
        }
    }

    @Test
    void aLongPollEndsWithTheGrant() throws Exception {
        SessionRef first = fixture.openSession(10_000);
        SessionRef second = fixture.openSession(10_000);
        long token = fixture.execute(first, 1, acquire()).getGrant().getToken();
        CommandResult queued = fixture.execute(second, 1, acquire());
        try (ExecutorService caller = Executors.newSingleThreadExecutor()) {
            Future<WaiterState> poll = caller.submit(() -> awaitGrant(queued, 20_000));
            await().atMost(PATIENCE).during(Duration.ofMillis(100)).until(() -> !poll.isDone());
            fixture.execute(first, 2, release(token));

            assertThat(poll.get().getGranted().getToken()).isGreaterThan(token);
        }
        assertThat(awaitGrant(queued, 20_000).hasGranted()).isTrue();
    }

    @Test
    void aLongPollThatEndsEarlySaysQueued() {
        SessionRef first = fixture.openSession(10_000);
        SessionRef second = fixture.openSession(10_000);
        fixture.execute(first, 1, acquire());
        CommandResult queued = fixture.execute(second, 1, acquire());

        assertThat(awaitGrant(queued, 50).getQueued().getWaiter())
                .isEqualTo(queued.getQueued().getWaiter());
        assertThat(awaitGrant(queued, 0).hasQueued()).isTrue();
    }

    @Test
    void aLongPollThatIsCancelledBeforeItsFirstLookLeavesNoTimer() throws Exception {
        SessionRef first = fixture.openSession(10_000);
        SessionRef second = fixture.openSession(10_000);
        fixture.execute(first, 1, acquire());
        CommandResult queued = fixture.execute(second, 1, acquire());
        CountDownLatch stalled = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        fixture.consensus.submit(() -> {
            stalled.countDown();
            Uninterruptibles.awaitUninterruptibly(goOn);
        });
        stalled.await();

        Future<ReadResponse> poll = GavelGrpc.newFutureStub(fixture.channel).awaitGrant(awaiting(queued, 20_000));
        poll.cancel(true);
        goOn.countDown();

        fixture.execute(put("k", "after the look"));
        assertThat(fixture.value("k")).isEqualTo("after the look");
        assertThat(fixture.pendingTimers).hasValue(0);
    }

    @Test
    void aLongPollHearsThatItsSessionEnded() throws Exception {
        SessionRef first = fixture.openSession(60_000);
        SessionRef second = fixture.openSession(1_000);
        fixture.execute(first, 1, acquire());
        CommandResult queued = fixture.execute(second, 1, acquire());
        try (ExecutorService caller = Executors.newSingleThreadExecutor()) {
            Future<?> poll = caller.submit(() -> failureOrState(queued));
            fixture.consensus.advance(10_000_000_000L);

            assertThat(poll.get()).isNotNull();
        }
    }

    @Test
    void aSchemaIsEnforcedBeforeTheLogAndNamesWhatIsWrong() throws Exception {
        fixture.execute(publish("max", "7"));
        fixture.execute(schema(SCHEMA));
        int before = fixture.consensus.proposed().size();

        Error tooMuch = failure(() -> fixture.execute(publish("max", "11")));
        Error notASchema = failure(() -> fixture.execute(schema("[]")));
        assertThat(fixture.consensus.proposed()).hasSize(before);
        assertThat(tooMuch.getCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(tooMuch.getMessage()).contains("/max");
        assertThat(notASchema.getField()).isEqualTo("set_schema.schema");
        assertThat(fixture.execute(publish("min", "1")).getConfig().getVersion())
                .isEqualTo(2);
    }

    @Test
    void aSchemaThatThePresentReleaseBreaksIsRefused() throws Exception {
        fixture.execute(publish("max", "11"));

        Error error = failure(() -> fixture.execute(schema(SCHEMA)));

        assertThat(error.getMessage()).contains("/max");
    }

    @Test
    void aRollbackMayNotBringBackWhatTheSchemaForbids() throws Exception {
        fixture.execute(publish("max", "11"));
        fixture.execute(publish("max", "7"));
        fixture.execute(schema(SCHEMA));

        Error error = failure(() -> fixture.execute(Command.newBuilder()
                .setRollbackConfig(RollbackConfig.newBuilder().setNamespace("n").setToVersion(1))
                .build()));

        assertThat(error.getMessage()).contains("/max");
    }

    @Test
    void aRetriedPublishGetsItsFirstResultHoweverTheSchemaLooksByNow() {
        SessionRef session = fixture.openSession(10_000);
        CommandResult first = fixture.execute(session, 1, publish("max", "11"));
        fixture.execute(publish("max", "7"));
        fixture.execute(schema(SCHEMA));

        assertThat(fixture.execute(session, 1, publish("max", "11"))).isEqualTo(first);
    }

    @Test
    void anotherPublishUnderAUsedSequenceIsRefused() throws Exception {
        SessionRef session = fixture.openSession(10_000);
        fixture.execute(session, 1, publish("max", "11"));

        Error error = failure(() -> fixture.execute(session, 1, publish("max", "12")));

        assertThat(error.getField()).isEqualTo("sequence");
        assertThat(error.getOutcome()).isEqualTo(Outcome.NOT_APPLIED);
    }

    @Test
    void theResultOfAPublishIsOnlyForWhoeverKnowsTheSessionsSecret() throws Exception {
        SessionRef session = fixture.openSession(10_000);
        fixture.execute(session, 1, publish("max", "11"));
        SessionRef stranger =
                session.toBuilder().setSecret(ByteString.copyFrom(new byte[16])).build();

        Error error = failure(() -> fixture.execute(stranger, 1, publish("max", "11")));

        assertThat(error.getField()).isEqualTo("session.secret");
    }

    @Test
    void changesThatWereCheckedApartConflictWhenTheyMeet() throws Exception {
        fixture.execute(publish("max", "7"));
        fixture.execute(schema(SCHEMA));
        fixture.consensus.hold();
        try (ExecutorService callers = Executors.newFixedThreadPool(2)) {
            List<Future<Object>> calls = new ArrayList<>();
            for (String key : List.of("max", "min")) {
                calls.add(callers.submit(() -> {
                    try {
                        return fixture.execute(publish(key, "1"));
                    } catch (StatusRuntimeException failed) {
                        return failed.getStatus().getCode();
                    }
                }));
            }
            await().atMost(PATIENCE).until(() -> fixture.consensus.proposed().size() == 4);
            fixture.consensus.letGo();
            List<Object> outcomes = new ArrayList<>();
            for (Future<Object> call : calls) {
                outcomes.add(call.get());
            }

            assertThat(outcomes).filteredOn(CommandResult.class::isInstance).hasSize(1);
            assertThat(outcomes).contains(Status.Code.ABORTED);
        }
    }

    private Object failureOrState(CommandResult queued) throws Exception {
        try {
            return awaitGrant(queued, 20_000);
        } catch (StatusRuntimeException failed) {
            return failed.getStatus();
        }
    }

    private WaiterState awaitGrant(CommandResult queued, long waitMillis) {
        return fixture.gavel()
                .awaitGrant(awaiting(queued, waitMillis))
                .getResult()
                .getWaiter();
    }

    private static AwaitGrantRequest awaiting(CommandResult queued, long waitMillis) {
        return AwaitGrantRequest.newBuilder()
                .setWaiter(WaiterQuery.newBuilder()
                        .setName("l")
                        .setWaiter(queued.getQueued().getWaiter()))
                .setWaitMillis(waitMillis)
                .build();
    }

    private static List<WatchEvent> events(Iterator<WatchResponse> watch, int count) {
        List<WatchEvent> events = new ArrayList<>();
        while (events.size() < count) {
            events.addAll(watch.next().getEvents().getEventsList());
        }
        return events;
    }

    private static WatchRequest keys(String prefix, long fromRevision) {
        return WatchRequest.newBuilder()
                .setKeys(KeyWatch.newBuilder()
                        .setKey(ByteString.copyFromUtf8(prefix))
                        .setPrefix(true))
                .setFromRevision(fromRevision)
                .setIncarnation(fromRevision == 0 ? 0 : 1)
                .build();
    }

    private static Command acquire() {
        return Command.newBuilder()
                .setAcquireLock(AcquireLock.newBuilder().setName("l"))
                .build();
    }

    private static Command release(long token) {
        return Command.newBuilder()
                .setReleaseLock(ReleaseLock.newBuilder().setName("l").setToken(token))
                .build();
    }

    private static Command publish(String key, String value) {
        return Command.newBuilder()
                .setPublishConfig(PublishConfig.newBuilder().setNamespace("n").putSet(key, value))
                .build();
    }

    private static Command schema(String schema) {
        return Command.newBuilder()
                .setSetSchema(SetSchema.newBuilder().setNamespace("n").setSchema(schema))
                .build();
    }
}
