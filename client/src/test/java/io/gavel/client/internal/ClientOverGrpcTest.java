package io.gavel.client.internal;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gavel.client.GavelClient;
import io.gavel.client.config.ConfigChanges;
import io.gavel.client.config.LiveConfig;
import io.gavel.client.election.ElectionRunner;
import io.gavel.client.election.LatchState;
import io.gavel.client.election.LeaderLatch;
import io.gavel.client.error.ClientClosedException;
import io.gavel.client.error.ConflictException;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.InvalidArgumentException;
import io.gavel.client.error.LockLostException;
import io.gavel.client.internal.core.SimServer;
import io.gavel.client.kv.PutOptions;
import io.gavel.client.kv.PutResult;
import io.gavel.client.lock.DistributedLock;
import io.gavel.client.lock.LockGrant;
import io.gavel.client.lock.LockLost;
import io.gavel.client.lock.LossReason;
import io.gavel.client.watch.Watch;
import io.gavel.client.watch.WatchEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The public interface over real gRPC streams and real threads. */
@Timeout(60)
class ClientOverGrpcTest {
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

    @Test
    void blockingAndFutureFormsSeeTheSame() throws Exception {
        assertThat(client.kv().get("k").entry()).isEmpty();
        PutResult put = client.kv().put("k", "v");
        assertThat(put.version()).isEqualTo(1);
        assertThat(client.kv().get("k").text()).contains("v");
        assertThat(client.kv().putAsync("k", "w").get(5, SECONDS).version()).isEqualTo(2);
        assertThat(client.kv().getAsync("k").get(5, SECONDS).text()).contains("w");
        assertThatThrownBy(() -> client.kv().put("k", "x", PutOptions.DEFAULT.withIfAbsent()))
                .isInstanceOf(ConflictException.class);
        assertThatThrownBy(() -> client.kv().put("", "x"))
                .isInstanceOfSatisfying(
                        InvalidArgumentException.class,
                        error -> assertThat(error.detail().field()).isEqualTo("key"));
    }

    @Test
    void dependentsOfFuturesMayBlockOnTheSameClient() throws Exception {
        CompletableFuture<String> chained = client.kv()
                .putAsync("a", "1")
                .thenApply(put -> client.kv().get("a").text().orElse(""))
                .thenCompose(text -> client.kv().putAsync("b", text))
                .thenApply(put -> client.kv().get("b").text().orElse(""));
        assertThat(chained.get(10, SECONDS)).isEqualTo("1");
    }

    @Test
    void aWatchHandlerMayBlockOnTheSameClientAndMayThrow() {
        List<Long> versions = new CopyOnWriteArrayList<>();
        List<GavelException> errors = new CopyOnWriteArrayList<>();
        try (Watch<WatchEvent> watch = client.kv().watch("k")) {
            watch.onEvent(
                    event -> {
                        if (event instanceof WatchEvent.Put put) {
                            client.kv().get("k");
                            versions.add(put.entry().version());
                            if (put.entry().version() % 40 == 0) {
                                throw new IllegalStateException("thrown by the handler on purpose");
                            }
                        }
                    },
                    errors::add);
            for (int i = 0; i < 100; i++) {
                client.kv().put("k", "v" + i);
            }
            await().untilAsserted(
                            () -> assertThat(versions).hasSize(100).isSorted().doesNotHaveDuplicates());
            assertThatThrownBy(watch::iterator).isInstanceOf(IllegalStateException.class);
        }
        assertThat(errors).isEmpty();
    }

    @Test
    void anIteratorDeliversTheSnapshotFirst() {
        client.kv().put("k", "1");
        try (Watch<WatchEvent> watch = client.kv().watch("k")) {
            var events = watch.iterator();
            assertThat(events.next()).isInstanceOf(WatchEvent.Snapshot.class);
            client.kv().put("k", "2");
            assertThat(events.next())
                    .isInstanceOfSatisfying(
                            WatchEvent.Put.class,
                            put -> assertThat(put.entry().valueText()).isEqualTo("2"));
        }
    }

    @Test
    void aGrantIsAnObjectThatAnyThreadReleases() throws Exception {
        DistributedLock lock = client.locks().lock("l");
        LockGrant first = lock.acquire(Duration.ofSeconds(5));
        assertThat(first.requireHeld().isHeld()).isTrue();
        assertThat(first.safeFor()).isPositive();
        assertThat(first.confirm().get(5, SECONDS)).isTrue();
        assertThat(lock.tryAcquire()).isEmpty();
        assertThat(lock.tryAcquire(Duration.ofMillis(100))).isEmpty();
        CompletableFuture<LockGrant> second = lock.acquireAsync();
        CompletableFuture.runAsync(first::release).get(5, SECONDS);
        assertThat(second.get(5, SECONDS).fencingToken()).isGreaterThan(first.fencingToken());
        assertThat(first.isHeld()).isFalse();
        assertThatThrownBy(first::release).isInstanceOf(LockLostException.class);
        first.close();
    }

    @Test
    void anInterruptAndACancelLeaveTheQueueOnTheServer() throws Exception {
        DistributedLock lock = client.locks().lock("l");
        LockGrant held = lock.acquire();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread waiter = new Thread(() -> {
            try {
                lock.acquire();
            } catch (InterruptedException e) {
                thrown.set(e);
            }
        });
        waiter.start();
        CompletableFuture<LockGrant> future = lock.acquireAsync();
        await().until(() -> server.members("l") == 3);
        waiter.interrupt();
        assertThat(future.cancel(true)).isTrue();
        waiter.join();
        await().until(() -> server.members("l") == 1);
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        held.release();
        await().until(() -> server.members("l") == 0);
    }

    @Test
    void aLossInterruptsTheBodyAndIsThrown() {
        AtomicReference<LockGrant> grant = new AtomicReference<>();
        CountDownLatch never = new CountDownLatch(1);
        List<LockLost> told = new CopyOnWriteArrayList<>();
        assertThatThrownBy(() -> client.locks().lock("l").callLocked(held -> {
                    grant.set(held);
                    held.onLost(told::add);
                    server.endSessions();
                    never.await();
                    return "never";
                }))
                .isInstanceOf(LockLostException.class)
                .satisfies(error ->
                        assertThat(error.getSuppressed()).hasAtLeastOneElementOfType(InterruptedException.class));
        assertThat(Thread.interrupted()).isFalse();
        grant.get().onLost(told::add);
        await().untilAsserted(() ->
                assertThat(told).hasSize(2).allMatch(lost -> lost.reason() == LossReason.SESSION_EXPIRED));
        assertThat(client.kv().put("k", "v").version())
                .as("a new session, by itself")
                .isEqualTo(1);
    }

    @Test
    void anElectionRunsItsTaskOnceAtATimeAndAgainAfterALoss() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger runs = new AtomicInteger();
        try (ElectionRunner runner = client.elections().election("e").run("me", leadership -> {
            assertThat(running.incrementAndGet()).isEqualTo(1);
            runs.incrementAndGet();
            try {
                new CountDownLatch(1).await();
            } finally {
                running.decrementAndGet();
            }
        })) {
            await().until(runner::isLeader);
            server.endSessions();
            await().until(() -> runs.get() == 2 && runner.isLeader());
        }
        assertThat(running).hasValue(0);
        assertThat(runs).hasValue(2);
    }

    @Test
    void closingTheClientWaitsUntilItsLeaderHasEndedAndOnlyThenAnotherLeads() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger together = new AtomicInteger();
        CountDownLatch next = new CountDownLatch(1);
        GavelClient other = server.client().build();
        GavelClient first = server.client().build();
        ElectionRunner leader = first.elections().election("e").run("first", leadership -> {
            running.incrementAndGet();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                boolean ignored = next.await(500, MILLISECONDS);
            } finally {
                running.decrementAndGet();
            }
        });
        await().until(leader::isLeader);
        try (ElectionRunner follower = other.elections().election("e").run("other", leadership -> {
            together.set(running.get());
            next.countDown();
            new CountDownLatch(1).await();
        })) {
            await().until(() -> server.candidates("e") == 2);
            first.close();
            assertThat(running).hasValue(0);
            await().until(follower::isLeader);
            assertThat(together).hasValue(0);
        } finally {
            leader.close();
            other.close();
        }
    }

    @Test
    void aLeaderMayCloseItsOwnClient() throws Exception {
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        GavelClient own = server.client().build();
        ElectionRunner runner = own.elections().election("e").run("me", leadership -> {
            own.close();
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        await().atMost(5, SECONDS).until(() -> interrupted.get() != null);
        assertThat(interrupted).hasValue(false);
        assertThat(server.liveSessions()).isZero();
        runner.close();
    }

    @Test
    void aLatchTellsLeadingAndLost() throws Exception {
        List<LatchState> states = new CopyOnWriteArrayList<>();
        try (LeaderLatch latch = client.elections().election("e").latch("me")) {
            latch.onChange(states::add);
            assertThat(latch.await(Duration.ofSeconds(5))).isTrue();
            assertThat(latch.leadership()).isPresent();
        }
        await().untilAsserted(() -> assertThat(states).containsExactly(LatchState.LEADING, LatchState.LOST));
    }

    @Test
    void aLatchWhoseLeadershipIsResignedTellsLostAndCampaignsAgain() throws Exception {
        List<LatchState> states = new CopyOnWriteArrayList<>();
        try (LeaderLatch latch = client.elections().election("e").latch("me")) {
            latch.onChange(states::add);
            assertThat(latch.await(Duration.ofSeconds(5))).isTrue();
            latch.leadership().orElseThrow().resign();
            await().untilAsserted(() ->
                    assertThat(states).containsExactly(LatchState.LEADING, LatchState.LOST, LatchState.LEADING));
            assertThat(latch.hasLeadership()).isTrue();
        }
    }

    @Test
    void closingALatchEndsTheWaitForItsLeadership() throws Exception {
        try (LeaderLatch leading = client.elections().election("e").latch("first")) {
            assertThat(leading.await(Duration.ofSeconds(5))).isTrue();
            LeaderLatch standing = client.elections().election("e").latch("second");
            CompletableFuture<Boolean> waiting = new CompletableFuture<>();
            Thread waiter = new Thread(() -> {
                try {
                    waiting.complete(standing.await(Duration.ofSeconds(30)));
                } catch (InterruptedException e) {
                    waiting.completeExceptionally(e);
                }
            });
            waiter.start();
            await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
            standing.close();

            assertThat(waiting.get(5, SECONDS)).isFalse();
        }
    }

    @Test
    void whoListensToALatchWhileItIsSuspectIsToldSo() throws Exception {
        List<LatchState> states = new CopyOnWriteArrayList<>();
        List<LatchState> later = new CopyOnWriteArrayList<>();
        try (GavelClient brief =
                        server.client().sessionTtl(Duration.ofSeconds(4)).build();
                LeaderLatch latch = brief.elections().election("e").latch("me")) {
            latch.onChange(states::add);
            assertThat(latch.await(Duration.ofSeconds(5))).isTrue();
            server.ignoreRequests(true);
            await().pollInterval(10, MILLISECONDS).until(() -> states.contains(LatchState.SUSPECT));
            latch.onChange(later::add);
            await().until(() -> !later.isEmpty());
            server.ignoreRequests(false);
        }
        assertThat(later.get(0)).isEqualTo(LatchState.SUSPECT);
    }

    record Limits(int maxOrders, Duration window, boolean enabled, List<String> regions, Optional<String> note) {}

    @Test
    void aBoundRecordFollowsTheConfigurationAndKeepsItsLastGoodValue() {
        var shop = client.config().namespace("shop/limits");
        assertThat(shop.publish(ConfigChanges.set("maxOrders", "10")
                        .andSet("window", "250ms")
                        .andSet("enabled", "true")
                        .andSet("regions", "eu, us")))
                .isEqualTo(1);
        try (LiveConfig<Limits> limits = shop.bind(Limits.class)) {
            assertThat(limits.get())
                    .isEqualTo(new Limits(10, Duration.ofMillis(250), true, List.of("eu", "us"), Optional.empty()));
            List<String> changes = new CopyOnWriteArrayList<>();
            limits.onChange((before, now) -> changes.add(before.maxOrders() + "->" + now.maxOrders()));
            shop.publish(ConfigChanges.set("maxOrders", "many"));
            await().until(() -> limits.lastRejected().isPresent());
            assertThat(limits.lastRejected().orElseThrow().detail().field()).isEqualTo("maxOrders");
            assertThat(limits.get().maxOrders()).isEqualTo(10);
            shop.publish(ConfigChanges.set("maxOrders", "20"));
            await().untilAsserted(() -> assertThat(changes).containsExactly("10->20"));
            assertThat(limits.version()).isEqualTo(3);
            assertThat(limits.lastRejected()).isEmpty();
        }
    }

    @Test
    void closingEndsTheSessionFailsLaterCallsAndLeavesNoThread() {
        client.kv().put("k", "v");
        assertThat(server.liveSessions()).isEqualTo(1);
        client.close();
        client.close();
        assertThat(server.liveSessions()).isZero();
        assertThatThrownBy(() -> client.kv().get("k")).isInstanceOf(ClientClosedException.class);
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("gavel-client-") && thread.isAlive());
    }

    @Test
    void aBlockingCallOnTheClientsOwnThreadIsRefusedInsteadOfWaitingForItself() throws Exception {
        try (GavelClient direct =
                server.client().callbackExecutor(Runnable::run).build()) {
            CompletableFuture<String> chained = direct.kv().putAsync("a", "1").thenApply(put -> {
                try {
                    return direct.kv().get("a").text().orElse("");
                } catch (IllegalStateException e) {
                    return "refused";
                }
            });
            assertThat(chained.get(10, SECONDS)).isIn("refused", "1");
        }
    }
}
