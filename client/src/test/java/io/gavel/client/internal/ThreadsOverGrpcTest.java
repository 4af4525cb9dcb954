package io.gavel.client.internal;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gavel.client.GavelClient;
import io.gavel.client.RetryPolicy;
import io.gavel.client.config.ConfigChanges;
import io.gavel.client.error.CallInterruptedException;
import io.gavel.client.error.ClientClosedException;
import io.gavel.client.error.DeadlineException;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.InvalidArgumentException;
import io.gavel.client.error.Outcome;
import io.gavel.client.error.UnavailableException;
import io.gavel.client.internal.core.SimServer;
import io.gavel.client.kv.Op;
import io.gavel.client.lock.LockGrant;
import io.gavel.client.session.Session;
import io.gavel.client.session.SessionState;
import io.gavel.client.watch.Watch;
import io.gavel.client.watch.WatchEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads of users: interrupts, deadlines, executors and callbacks that misbehave, members that fall silent. */
@Timeout(60)
class ThreadsOverGrpcTest {
    /** A verb to be interrupted in. */
    private interface Verb {
        void run() throws Exception;
    }

    private SimServer server;
    private GavelClient client;

    @BeforeEach
    void start() throws IOException {
        server = new SimServer();
        client = server.client().build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    /** What {@code verb} throws when its thread is interrupted while it waits, and whether the thread stays so. */
    private static Map.Entry<Throwable, Boolean> interrupted(Verb verb) throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>(new AssertionError("it returned"));
        AtomicReference<Boolean> flag = new AtomicReference<>(false);
        Thread thread = new Thread(() -> {
            try {
                verb.run();
            } catch (Exception e) {
                thrown.set(e);
            }
            flag.set(Thread.currentThread().isInterrupted());
        });
        thread.start();
        await().pollInterval(5, MILLISECONDS)
                .until(() ->
                        thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING);
        thread.interrupt();
        thread.join();
        return Map.entry(thrown.get(), flag.get());
    }

    @Test
    void anInterruptEndsEveryBlockingVerbAndLeavesNothingBehind() throws Exception {
        LockGrant held = client.locks().lock("l").acquire();
        LockGrant given = client.locks().lock("given").acquire();
        client.elections().election("e").campaign("me");
        client.kv().put("k", "v");
        long sessions = server.liveSessions();
        server.ignoreRequests(true);
        Map<String, Verb> verbs = new LinkedHashMap<>();
        verbs.put("get", () -> client.kv().get("k"));
        verbs.put("put", () -> client.kv().put("k", "w"));
        verbs.put("txn", () -> client.kv().txn().then(Op.put("k", "w")).commit());
        verbs.put("describe", () -> client.locks().describe("l"));
        verbs.put("tryAcquire", () -> client.locks().lock("l").tryAcquire());
        verbs.put("release", given::release);
        verbs.put("publish", () -> client.config().namespace("n").publish(ConfigChanges.set("a", "1")));
        verbs.put("session open", () -> client.sessions().open(Duration.ofSeconds(30)));
        for (Map.Entry<String, Verb> verb : verbs.entrySet()) {
            Map.Entry<Throwable, Boolean> end = interrupted(verb.getValue());
            assertThat(end.getKey()).as(verb.getKey()).isInstanceOf(CallInterruptedException.class);
            assertThat(end.getValue())
                    .as("%s keeps the interrupt", verb.getKey())
                    .isTrue();
        }
        Map<String, Verb> checked = new LinkedHashMap<>();
        checked.put("acquire", () -> client.locks().lock("l").acquire());
        checked.put("acquire(wait)", () -> client.locks().lock("l").acquire(Duration.ofSeconds(30)));
        checked.put("callLocked", () -> client.locks().lock("l").callLocked(grant -> "never"));
        checked.put("campaign", () -> client.elections().election("e").campaign("again"));
        for (Map.Entry<String, Verb> verb : checked.entrySet()) {
            assertThat(interrupted(verb.getValue()).getKey())
                    .as(verb.getKey())
                    .isInstanceOf(InterruptedException.class);
        }
        server.ignoreRequests(false);
        await().during(Duration.ofSeconds(2)).untilAsserted(() -> {
            assertThat(server.members("l")).as("the holder alone").isEqualTo(1);
            assertThat(server.members("given")).as("given back all the same").isZero();
            assertThat(client.elections().election("e").describe().candidates()).isEmpty();
            assertThat(server.liveSessions()).isEqualTo(sessions);
        });
        assertThat(held.isHeld()).isTrue();
    }

    @Test
    void aClientWithTooManyOpenCallsCanStillGiveALockBack() throws Exception {
        LockGrant held = client.locks().lock("l").acquire();
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch stalled = new CountDownLatch(1);
        server.ignoreRequests(true);
        CompletableFuture<Void> stall = CompletableFuture.allOf(client.kv().getAsync("k"))
                .thenRun(() -> {
                    stalled.countDown();
                    boolean ignored = counted(goOn);
                });
        server.ignoreRequests(false);
        assertThat(counted(stalled)).isTrue();
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 32_768; i++) {
            calls.add(client.kv().getAsync("k"));
        }

        CompletableFuture<Boolean> released = held.releaseAsync();
        goOn.countDown();

        assertThat(released.get(20, SECONDS)).isTrue();
        assertThat(server.members("l")).isZero();
        stall.get(20, SECONDS);
        await().until(() -> calls.stream().allMatch(CompletableFuture::isDone));
    }

    private static boolean counted(CountDownLatch latch) {
        try {
            return latch.await(20, SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whoeverCompletesAnAcquireFirstLeavesNoGrantBehind() {
        LockGrant held = client.locks().lock("l").acquireAsync().join();
        CompletableFuture<LockGrant> late = client.locks().lock("l").acquireAsync();
        CompletableFuture<Optional<LockGrant>> replaced =
                client.locks().lock("l").tryAcquireAsync(Duration.ofSeconds(30));
        await().until(() -> server.members("l") == 3);
        CompletableFuture<LockGrant> unused = late.orTimeout(50, MILLISECONDS);
        assertThat(replaced.complete(Optional.empty())).isTrue();
        await().until(() -> server.members("l") == 1);
        assertThatThrownBy(late::join).isInstanceOf(CompletionException.class);
        held.release();
        assertThat(server.members("l")).isZero();
    }

    @Test
    void aBodyThatEndsWithAnInterruptStillGivesItsResultAndTheLockBack() throws Exception {
        String result = client.locks().lock("l").callLocked(grant -> {
            Thread.currentThread().interrupt();
            return "done";
        });
        assertThat(result).isEqualTo("done");
        assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
        assertThat(server.members("l")).isZero();
    }

    @Test
    void aDeadlineSaysWhetherItHappenedAndTheOutcomeIsToldLater() throws Exception {
        client.kv().put("k", "1");
        GavelClient hasty = client.withDeadline(Duration.ofMillis(200));
        server.loseAnswers(true);
        AtomicReference<GavelException> thrown = new AtomicReference<>();
        assertThatThrownBy(() -> hasty.kv().put("k", "2")).isInstanceOfSatisfying(DeadlineException.class, thrown::set);
        assertThat(thrown.get().outcome()).isEqualTo(Outcome.UNKNOWN);
        CompletableFuture<Outcome> outcome =
                client.outcomeOf(thrown.get().requestId().orElseThrow());
        assertThat(outcome).isNotDone();
        assertThatThrownBy(() -> hasty.kv().get("k")).isInstanceOf(DeadlineException.class);
        server.loseAnswers(false);
        assertThat(outcome.get(10, SECONDS)).isEqualTo(Outcome.APPLIED);
        assertThat(client.kv().get("k").entry().orElseThrow().version())
                .as("once, however often it was sent")
                .isEqualTo(2);
        assertThat(client.outcomeOf(thrown.get().requestId().orElseThrow()).get(5, SECONDS))
                .as("remembered")
                .isEqualTo(Outcome.APPLIED);
        assertThatThrownBy(() -> client.withDeadline(Duration.ZERO)).isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void noVerbOutlivesItsDeadlineWhenNobodyAnswers() throws Exception {
        try (GavelClient alone = GavelClient.builder()
                .endpoints("127.0.0.1:1")
                .requestTimeout(Duration.ofMillis(300))
                .build()) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> alone.kv().put("k", "v"))
                    .isInstanceOfSatisfying(
                            UnavailableException.class,
                            error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_APPLIED));
            assertThatThrownBy(() -> alone.kv().get("k"))
                    .isInstanceOf(UnavailableException.class)
                    .hasMessageContaining("127.0.0.1:1");
            assertThatThrownBy(() -> alone.sessions().current()).isInstanceOf(UnavailableException.class);
            assertThatThrownBy(() -> alone.sessions().open(Duration.ofSeconds(5)))
                    .isInstanceOf(UnavailableException.class);
            assertThatThrownBy(() -> alone.locks().lock("l").tryAcquire()).isInstanceOf(UnavailableException.class);
            assertThatThrownBy(() -> alone.cluster().status()).isInstanceOf(UnavailableException.class);
            assertThatThrownBy(() -> alone.cluster().statusAsync("127.0.0.1:1").get(5, SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(UnavailableException.class);
            assertThatThrownBy(() -> alone.config().namespace("n").bind(Settings.class))
                    .isInstanceOf(DeadlineException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
        }
        assertThatThrownBy(() -> client.cluster().status("nowhere")).isInstanceOf(InvalidArgumentException.class);
    }

    record Settings(int max) {}

    @Test
    void aBackOffThatMakesNoSenseIsRefused() {
        Duration second = Duration.ofSeconds(1);
        for (Duration initial : List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofSeconds(2))) {
            assertThatThrownBy(() -> new RetryPolicy(initial, second))
                    .isInstanceOfSatisfying(
                            InvalidArgumentException.class,
                            error -> assertThat(error.detail().field()).isEqualTo("retry.initialBackoff"));
        }
        assertThat(new RetryPolicy(second, second).maxBackoff()).isEqualTo(second);
    }

    @Test
    void closingFailsWhateverWaitsAndSaysWhetherItHappened() throws Exception {
        client.kv().put("k", "1");
        LockGrant held = client.locks().lock("l").acquire();
        Watch<WatchEvent> watch = client.kv().watch("k");
        CompletableFuture<LockGrant> waiting = client.locks().lock("l").acquireAsync();
        await().until(() -> server.members("l") == 2);
        server.ignoreRequests(true);
        CompletableFuture<?> write = client.kv().putAsync("k", "2");
        CompletableFuture<?> read = client.kv().getAsync("k");
        AtomicReference<Throwable> blocked = new AtomicReference<>();
        Thread reader = new Thread(() -> {
            try {
                client.kv().get("k");
            } catch (GavelException e) {
                blocked.set(e);
            }
        });
        reader.start();
        await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);
        client.close();
        reader.join();
        assertThat(blocked.get()).isInstanceOf(ClientClosedException.class);
        assertThat(outcome(read)).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(outcome(write)).isEqualTo(Outcome.UNKNOWN);
        assertThat(outcome(waiting)).isNotEqualTo(Outcome.APPLIED);
        assertThat(held.isHeld()).isFalse();
        assertThat(held.lost().toCompletableFuture().get(5, SECONDS).name()).isEqualTo("l");
        assertThatThrownBy(() -> drain(watch)).isInstanceOf(ClientClosedException.class);
        assertThatThrownBy(() -> client.locks().lock("l").acquire()).isInstanceOf(ClientClosedException.class);
        assertThatThrownBy(() -> client.sessions().open(Duration.ofSeconds(5)))
                .isInstanceOf(ClientClosedException.class);
    }

    private static void drain(Watch<WatchEvent> watch) {
        watch.iterator().forEachRemaining(event -> {});
    }

    private static Outcome outcome(CompletableFuture<?> future) throws Exception {
        try {
            Object result = future.get(5, SECONDS);
            throw new AssertionError("it succeeded: " + result);
        } catch (ExecutionException e) {
            return e.getCause() instanceof GavelException failure ? failure.outcome() : Outcome.APPLIED;
        }
    }

    @Test
    void askingForTheSessionLeavesNothingBehind() {
        AtomicInteger tasks = new AtomicInteger();
        Executor counting = task -> {
            tasks.incrementAndGet();
            task.run();
        };
        try (GavelClient watched = server.client().callbackExecutor(counting).build()) {
            Session session = watched.sessions().current();
            CompletableFuture<SessionState> ended = session.ended().toCompletableFuture();
            for (int i = 0; i < 20; i++) {
                assertThat(watched.sessions().current().id()).isEqualTo(session.id());
            }
            tasks.set(0);
            client.sessions().evict(session.id(), false);

            assertThat(ended.join()).isEqualTo(SessionState.EXPIRED);
            assertThat(tasks).as("listeners that were told").hasValueLessThan(5);
        }
    }

    @Test
    void listenersThatThrowErrorsOrBlockDisturbNeitherTheClientNorEachOther() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        List<String> told = new CopyOnWriteArrayList<>();
        LockGrant grant = client.locks().lock("l").acquire();
        grant.onLost(lost -> {
            throw new AssertionError("thrown by a listener on purpose");
        });
        grant.onLost(lost -> awaitQuietly(gate));
        grant.onLost(lost -> told.add("lost"));
        var session = client.sessions().current();
        session.onState(state -> {
            told.add("thrower " + state);
            throw new AssertionError("thrown by a listener on purpose");
        });
        session.onState(state -> awaitQuietly(gate));
        session.onState(state -> told.add("state " + state));
        try (GavelClient operator = server.client().build()) {
            operator.sessions().evict(session.id(), false);
        }
        await().untilAsserted(
                        () -> assertThat(told).containsExactlyInAnyOrder("lost", "thrower EXPIRED", "state EXPIRED"));
        assertThat(client.kv().put("k", "v").version()).isEqualTo(1);
        gate.countDown();
    }

    private static void awaitQuietly(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anExecutorThatWasShutDownCostsNoCallbackAndNotTheClient() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (GavelClient other = server.client().callbackExecutor(executor).build()) {
            LockGrant grant = other.locks().lock("l").acquire();
            executor.shutdownNow();
            CompletableFuture<String> lost = new CompletableFuture<>();
            grant.onLost(loss -> lost.complete(loss.name()));
            assertThat(other.kv()
                            .putAsync("k", "v")
                            .thenApply(put -> put.version())
                            .get(5, SECONDS))
                    .isEqualTo(1);
            client.sessions().evict(grant.sessionId(), false);
            assertThat(lost.get(5, SECONDS)).isEqualTo("l");
            assertThat(other.kv().get("k").text()).contains("v");
        }
    }

    /** The watch is the only stream: nobody renews a session or waits for an answer, so only a keepalive can notice. */
    @Test
    void aClientThatOnlyWatchesNoticesAMemberThatFellSilent() throws IOException {
        List<WatchEvent> events = new CopyOnWriteArrayList<>();
        try (SimProxy one = new SimProxy(server.port());
                SimProxy two = new SimProxy(server.port());
                GavelClient watcher = GavelClient.builder()
                        .endpoints(one.endpoint(), two.endpoint())
                        .build();
                Watch<WatchEvent> watch = watcher.kv().watch("k")) {
            watch.onEvent(events::add, error -> {});
            await().until(() -> events.size() == 1);
            SimProxy used = one.connections() > 0 ? one : two;
            used.freeze();
            client.kv().put("k", "v");
            await().atMost(9, SECONDS).until(() -> events.size() == 2);
            assertThat(events.get(1)).isInstanceOf(WatchEvent.Put.class);
        }
    }
}
