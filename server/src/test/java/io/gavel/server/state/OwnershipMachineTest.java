package io.gavel.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.AcquireLock;
import io.gavel.protocol.v1.Campaign;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.ForceReleaseLock;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.LockQuery;
import io.gavel.protocol.v1.LockState;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.ReleaseLock;
import io.gavel.protocol.v1.SessionQuery;
import io.gavel.protocol.v1.TokenGuard;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Locks, elections and config through the log: with sessions, results, guards, time, replay and snapshots.
class OwnershipMachineTest {
    private final LogDriver driver = new LogDriver();

    private static Command acquire(String name) {
        return Command.newBuilder()
                .setAcquireLock(AcquireLock.newBuilder().setName(name))
                .build();
    }

    private static Command release(String name, long token) {
        return Command.newBuilder()
                .setReleaseLock(ReleaseLock.newBuilder().setName(name).setToken(token))
                .build();
    }

    private static Command guarded(String lock, long token, String key) {
        return LogDriver.txn(Txn.newBuilder()
                .addGuards(Guard.newBuilder()
                        .setLock(TokenGuard.newBuilder().setName(lock).setToken(token)))
                .addThen(TxnOperation.newBuilder().setPut(LogDriver.putOf(key, "v"))));
    }

    private LockState lock(String name) {
        return driver.machine
                .read(Query.newBuilder()
                        .setLock(LockQuery.newBuilder().setName(name))
                        .build())
                .getLock();
    }

    @Test
    void refusesTheGuardedWriteOfAHolderWhoseSessionExpired() {
        long paused = driver.open(10_000);
        long next = driver.open(60_000);
        long stale = driver.execute(paused, acquire("l")).getGrant().getToken();
        driver.execute(next, acquire("l"));
        driver.pass(11_000);
        long fresh = lock("l").getHolders(0).getToken();
        assertThat(lock("l").getHolders(0).getSessionId()).isEqualTo(next);
        assertThat(fresh).isGreaterThan(stale);
        assertThat(driver.execute(guarded("l", stale, "k")).getError().getCode())
                .isEqualTo(ErrorCode.CONFLICT);
        assertThat(driver.exists("k")).isFalse();
        assertThat(driver.execute(guarded("l", fresh, "k")).hasTxn()).isTrue();
    }

    @Test
    void grantsARetriedAcquireOnceWithTheFirstToken() {
        long session = driver.open(10_000);
        CommandResult first = driver.execute(LogDriver.stamp(session, 1, 1), acquire("l"));
        CommandResult retried = driver.execute(LogDriver.stamp(session, 1, 1), acquire("l"));
        assertThat(retried).isEqualTo(first);
        assertThat(lock("l").getHoldersList()).hasSize(1);
        assertThat(lock("l").getWaiterCount()).isZero();
    }

    @Test
    void keepsTheNextWaiterWaitingForASessionThatExceededItsWindow() {
        long greedy = driver.open(10_000);
        long next = driver.open(60_000);
        driver.execute(LogDriver.stamp(greedy, 1, 1), acquire("l"));
        driver.execute(next, acquire("l"));
        driver.execute(LogDriver.stamp(greedy, 5_000, 1), acquire("m"));
        assertThat(lock("l").getHoldersList())
                .as("its client may still believe")
                .isEmpty();
        driver.pass(11_000);
        assertThat(lock("l").getHolders(0).getSessionId()).isEqualTo(next);
    }

    @Test
    void namesWhatASessionHolds() {
        long session = driver.open(10_000);
        driver.execute(session, acquire("l"));
        driver.execute(
                session,
                Command.newBuilder()
                        .setCampaign(Campaign.newBuilder().setName("e"))
                        .build());
        assertThat(driver.machine
                        .read(Query.newBuilder()
                                .setSession(SessionQuery.newBuilder().setSessionId(session))
                                .build())
                        .getSession()
                        .getHoldsList())
                .containsExactly("lock/l", "election/e");
        assertThat(driver.machine.currentEvents(session)).hasSize(2);
        assertThat(driver.machine.currentLeaders()).hasSize(1);
    }

    static LongStream seeds() {
        return LongStream.concat(LongStream.rangeClosed(1, 20), LongStream.of(System.nanoTime()));
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void replaysAndRestoresToTheSameStateAndTheSameNews(long seed) throws IOException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        List<Long> sessions = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sessions.add(driver.open(1_000 + random.nextInt(4_000)));
        }
        for (int i = 0; i < 150; i++) {
            step(random, sessions);
        }
        LogDriver replayed = LogDriver.replay(driver.log);
        assertThat(replayed.machine.digest()).as("seed=" + seed).isEqualTo(driver.machine.digest());
        assertThat(replayed.listener.trace).as("seed=" + seed).isEqualTo(driver.listener.trace);
        checkRestored(seed, 1 + random.nextInt(driver.log.size() - 1));
    }

    private void step(RandomGenerator random, List<Long> sessions) {
        long session = sessions.get(random.nextInt(sessions.size()));
        String name = "n" + random.nextInt(3);
        switch (random.nextInt(7)) {
            case 0, 1 -> driver.execute(session, acquire(name));
            case 2 -> driver.execute(session, release(name, 1 + random.nextInt(40)));
            case 3 ->
                driver.execute(
                        session,
                        Command.newBuilder()
                                .setCampaign(Campaign.newBuilder().setName(name).setWaitMillis(random.nextInt(800)))
                                .build());
            case 4 ->
                driver.execute(Command.newBuilder()
                        .setForceReleaseLock(
                                ForceReleaseLock.newBuilder().setName(name).setNow(random.nextBoolean()))
                        .build());
            case 5 ->
                driver.execute(Command.newBuilder()
                        .setPublishConfig(PublishConfig.newBuilder()
                                .setNamespace(name)
                                .putSet("k" + random.nextInt(3), "v" + random.nextInt(10)))
                        .build());
            default -> driver.clock(random.nextInt(400), session);
        }
    }

    /// I10: a snapshot anywhere, then the rest of the log, is as good as the whole log.
    private void checkRestored(long seed, int at) throws IOException {
        LogDriver prefix = LogDriver.replay(driver.log.subList(0, at));
        SimListener listener = new SimListener();
        StateMachine restored =
                StateMachine.restore(listener, LogDriver.sourceOf(LogDriver.recordsOf(prefix.machine.cut())));
        assertThat(restored.digest()).isEqualTo(prefix.machine.digest());
        prefix.listener.trace.clear();
        for (int i = at; i < driver.log.size(); i++) {
            Payload payload = driver.log.get(i);
            restored.apply(new EntryId(1, i + 1), payload);
            prefix.append(payload);
        }
        assertThat(restored.digest()).as("seed=" + seed + " at=" + at).isEqualTo(driver.machine.digest());
        assertThat(listener.trace).as("seed=" + seed + " at=" + at).isEqualTo(prefix.listener.trace);
    }
}
