package io.gavel.server.state.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.AcquireLock;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.LockEvent;
import io.gavel.protocol.v1.LockState;
import io.gavel.protocol.v1.Waiter;
import io.gavel.server.entry.v1.ClusterSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random schedules of every lock command, expiry and restore, compared step by step with [LockOracle], under the
/// invariants I21 (tokens unique and rising, permits within capacity, an exclusive holder alone) and I23 (FIFO).
class LockModelTest {
    private static final List<String> NAMES = List.of("mutex", "rw", "pool");

    static LongStream seeds() {
        return LongStream.concat(LongStream.rangeClosed(1, 100), LongStream.of(System.nanoTime()));
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void agreesWithTheOracle(long seed) {
        new Run(seed).go(400);
    }

    private static final class Run {
        private final long seed;
        private final RandomGenerator random;
        private final SimCluster cluster = new SimCluster();
        private final LockOracle oracle = new LockOracle(cluster);
        private final List<Long> sessions = new ArrayList<>();
        /// Requests that were queued or granted, and the tokens that were seen.
        private final List<Waiter> requests = new ArrayList<>();

        private final TreeMap<Long, String> tokens = new TreeMap<>();
        private final TreeMap<String, Long> lastArrivalGranted = new TreeMap<>();
        private final TreeMap<String, Long> arrivals = new TreeMap<>();
        private final TreeMap<String, Long> waits = new TreeMap<>();
        private long lastToken;
        private long arrived;
        private int toldBefore;

        Run(long seed) {
            this.seed = seed;
            this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            cluster.timersPerEntry = 1_000_000;
            cluster.settings = ClusterSettings.newBuilder()
                    .setMaxWaitersPerLock(1_000)
                    .setMaxKeysPerSession(1_000)
                    .build();
        }

        void go(int steps) {
            for (int step = 0; step < steps; step++) {
                String doing = "start";
                try {
                    doing = step();
                    check();
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("seed=" + seed + " step=" + step + " " + doing + ": " + e.getMessage(), e);
                }
            }
        }

        private String step() {
            if (sessions.size() < 4) {
                sessions.add(cluster.open(500 + random.nextInt(4) * 700L));
                return "open";
            }
            long session = sessions.get(random.nextInt(sessions.size()));
            int choice = random.nextInt(100);
            if (!cluster.isAlive(session)) {
                choice = 70;
            }
            if (choice < 35) {
                return acquire(session);
            } else if (choice < 48) {
                return release(session);
            } else if (choice < 55) {
                return withdraw(session);
            } else if (choice < 60) {
                return forceRelease();
            } else if (choice < 64) {
                return endSession(session);
            } else if (choice < 70) {
                cluster.renew(session);
                return "renew";
            } else if (choice < 94) {
                return advance();
            }
            cluster.restoreFromSnapshot();
            return "restore";
        }

        private String acquire(long session) {
            String name = NAMES.get(random.nextInt(NAMES.size()));
            int capacity = switch (name) {
                case "mutex" -> 1;
                case "rw" -> 100;
                default -> 3;
            };
            boolean all = random.nextInt(3) == 0;
            int permits = all ? capacity : Math.min(capacity, name.equals("pool") ? 1 + random.nextInt(2) : 1);
            long delayMillis = name.equals("pool") ? 300 : 0;
            AcquireLock.Builder acquire = AcquireLock.newBuilder()
                    .setName(name)
                    .setCapacity(capacity)
                    .setPermits(permits)
                    .setLockDelayMillis(delayMillis);
            long until = LockOracle.NEVER;
            int wait = random.nextInt(4);
            if (wait == 0) {
                acquire.setWaitMillis(0);
            } else if (wait == 1) {
                acquire.setWaitMillis(200);
                until = cluster.nowNanos() + 200 * SimCluster.MILLI;
            }
            CommandResult result = cluster.acquire(session, acquire);
            LockOracle.Request request = new LockOracle.Request(session, cluster.sequence(), permits, until);
            boolean there = oracle.acquire(name, request, capacity, delayMillis * SimCluster.MILLI, wait == 0);
            assertThat(!result.hasError()).as("acquired: %s", result).isEqualTo(there);
            learnGrants();
            if (result.hasGrant()) {
                learn(name, result.getGrant().getWaiter(), result.getGrant().getToken());
            }
            if (there) {
                requests.add(Waiter.newBuilder()
                        .setSessionId(session)
                        .setSequence(cluster.sequence())
                        .build());
                arrivals.put(session + "/" + cluster.sequence(), ++arrived);
                waits.put(session + "/" + cluster.sequence(), until);
            }
            return "acquire " + name;
        }

        private String release(long session) {
            String name = NAMES.get(random.nextInt(NAMES.size()));
            List<Holder> holders = cluster.lock(name).getHoldersList();
            long token = holders.isEmpty() || random.nextInt(5) == 0
                    ? 1 + random.nextLong(lastToken + 1)
                    : holders.get(random.nextInt(holders.size())).getToken();
            CommandResult result = cluster.release(session, name, token);
            boolean released = oracle.release(name, session, token);
            assertThat(result.getRelease().getReleased()).as("released").isEqualTo(released);
            return "release " + name;
        }

        private String withdraw(long session) {
            List<Waiter> own =
                    requests.stream().filter(w -> w.getSessionId() == session).toList();
            if (own.isEmpty()) {
                return "nothing to withdraw";
            }
            Waiter waiter = own.get(random.nextInt(own.size()));
            String name = NAMES.get(random.nextInt(NAMES.size()));
            cluster.withdraw(session, name, waiter, false);
            oracle.withdraw(name, session, waiter.getSequence());
            return "withdraw " + name;
        }

        private String forceRelease() {
            String name = NAMES.get(random.nextInt(NAMES.size()));
            boolean now = random.nextBoolean();
            cluster.forceRelease(name, 0, now);
            oracle.forceRelease(name, now);
            return "force-release " + name + " now=" + now;
        }

        private String endSession(long session) {
            int how = random.nextInt(3);
            long grantableAt = how == 0 ? cluster.deadlineNanos(session) : 0;
            if (how == 2) {
                cluster.close(session);
            } else {
                cluster.evict(session, how == 1);
            }
            sessions.remove(session);
            oracle.endSession(session, false, grantableAt);
            return "end session, how=" + how;
        }

        private String advance() {
            long millis = 1L + random.nextInt(150);
            if (random.nextInt(6) == 0) {
                cluster.advanceWithoutRemoving(millis);
                return "advance without removing " + millis;
            }
            cluster.advance(millis);
            List<Long> gone = sessions.stream()
                    .filter(session -> cluster.deadlineNanos(session) == 0)
                    .sorted()
                    .toList();
            for (long session : gone) {
                sessions.remove(session);
                oracle.endSession(session, true, 0);
            }
            oracle.onTime();
            return "advance " + millis;
        }

        private void check() {
            learnGrants();
            for (String name : NAMES) {
                LockState state = cluster.lock(name);
                LockOracle.Lock lock = oracle.locks.getOrDefault(name, new LockOracle.Lock(state.getCapacity(), 0));
                assertThat(state.getHoldersList().stream().map(h -> h.getSessionId() + " with " + h.getToken()))
                        .as("holders of " + name)
                        .containsExactlyInAnyOrderElementsOf(lock.holders.stream()
                                .map(r -> r.session + " with " + r.token)
                                .toList());
                assertThat(state.getWaitersList().stream()
                                .filter(w -> isWanted(w.getWaiter()))
                                .map(w -> w.getWaiter().getSessionId() + "/"
                                        + w.getWaiter().getSequence()))
                        .as("waiters of " + name)
                        .containsExactlyElementsOf(lock.waiters.stream()
                                .filter(oracle::isWanted)
                                .map(r -> r.session + "/" + r.sequence)
                                .toList());
                checkExclusion(state);
                checkTokens(state);
            }
            if (oracle.locks.isEmpty()) {
                assertThat(cluster.locks.stateBytes()).as("nothing left behind").isZero();
            }
        }

        private boolean isWanted(Waiter waiter) {
            Long until = waits.get(key(waiter));
            return until != null && until > cluster.nowNanos() && cluster.isAlive(waiter.getSessionId());
        }

        private void checkExclusion(LockState state) {
            int permits =
                    state.getHoldersList().stream().mapToInt(Holder::getPermits).sum();
            assertThat(permits).isLessThanOrEqualTo(state.getCapacity());
        }

        private void checkTokens(LockState state) {
            for (Holder holder : state.getHoldersList()) {
                String owner = state.getName() + " of " + holder.getSessionId();
                String before = tokens.put(holder.getToken(), owner);
                assertThat(before == null || before.equals(owner))
                        .as("token " + holder.getToken() + " names one grant")
                        .isTrue();
                assertThat(cluster.holds(state.getName(), holder.getToken()))
                        .as("guard")
                        .isEqualTo(cluster.isAlive(holder.getSessionId()));
            }
        }

        /// Tokens rise over all locks; of one lock, grants from the queue come in the order of arrival (I23).
        private void learnGrants() {
            for (SimCluster.Told told : cluster.told.subList(toldBefore, cluster.told.size())) {
                if (told.event().hasGranted()) {
                    LockEvent grant = told.event().getGranted();
                    learn(grant.getName(), grant.getWaiter(), grant.getToken());
                    long at = arrivals.getOrDefault(key(grant.getWaiter()), 0L);
                    Long last = lastArrivalGranted.put(grant.getName(), at);
                    assertThat(last == null || at > last).as("FIFO").isTrue();
                }
            }
            toldBefore = cluster.told.size();
        }

        private void learn(String name, Waiter waiter, long token) {
            assertThat(token).as("tokens rise").isGreaterThan(lastToken);
            lastToken = token;
            oracle.learn(name, waiter.getSessionId(), waiter.getSequence(), token);
        }

        private static String key(Waiter waiter) {
            return waiter.getSessionId() + "/" + waiter.getSequence();
        }
    }
}
