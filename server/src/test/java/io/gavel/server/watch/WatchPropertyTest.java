package io.gavel.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.KeyWatch;
import io.gavel.protocol.v1.WatchRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random commits, slow watchers, compactions, snapshot installs and reconnects from random revisions. [SimWatcher]
/// checks each message; at the end everyone must have come to the newest revision.
class WatchPropertyTest {
    static LongStream seeds() {
        return LongStream.concat(LongStream.rangeClosed(1, 50), LongStream.of(System.nanoTime()));
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void keepsEveryPromise(long seed) {
        Run run = new Run(seed);
        try {
            run.go(600);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed=" + seed + ": " + e.getMessage(), e);
        }
    }

    /// The runs above prove nothing about what they never do.
    @Test
    void reachesEveryWayToCatchUp() {
        Run.Reached reached = new Run.Reached();
        for (long seed = 1; seed <= 10; seed++) {
            Run run = new Run(seed);
            run.go(600);
            reached.add(run);
        }
        assertThat(reached.histories).as("events out of the history").isGreaterThan(20);
        assertThat(reached.pausedHistories).as("to a slow watcher").isGreaterThan(5);
        assertThat(reached.chunked).as("snapshots of more than one chunk").isGreaterThan(20);
        assertThat(reached.gaps).as("marked snapshots").isGreaterThan(20);
        assertThat(reached.tooSlow).as("watchers that held a pin for too long").isPositive();
    }

    private static final class Run {
        /// What happened, to know that it did.
        private static final class Reached {
            private int histories;
            private int pausedHistories;
            private int chunked;
            private int gaps;
            private int tooSlow;

            private void add(Run run) {
                histories += run.reached.histories;
                pausedHistories += run.reached.pausedHistories;
                chunked += run.reached.chunked;
                gaps += run.reached.gaps;
                tooSlow += run.reached.tooSlow;
            }
        }

        private final Reached reached = new Reached();
        private final RandomGenerator random;
        private final WatchHub hub;
        private final SimCommits commits;
        private final List<SimWatcher> watchers = new ArrayList<>();
        private long now;

        Run(long seed) {
            random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            WatchLimits limits = new WatchLimits(
                    100,
                    400 + random.nextInt(20_000),
                    4 << random.nextInt(6),
                    300 + random.nextInt(3_000),
                    100 + random.nextInt(400),
                    700 + random.nextInt(2_000),
                    5 + random.nextInt(50),
                    2,
                    500,
                    200);
            hub = new WatchHub(SimCommits.INCARNATION, limits, () -> {});
            commits = new SimCommits(hub);
        }

        void go(int steps) {
            for (int i = 0; i < steps; i++) {
                step();
            }
            commits.publish();
            while (watchers.stream().anyMatch(watcher -> watcher.room < 10_000)) {
                watchers.forEach(watcher -> watcher.giveRoom(20_000));
            }
            for (int i = 0; i < 200; i++) {
                work();
            }
            now += 1_000;
            work();
            for (SimWatcher watcher : watchers) {
                assertThat(commits.between(watcher.seen + 1, commits.revision(), watcher.request))
                        .as("seen everything up to " + commits.revision() + ", not just " + watcher.seen)
                        .isEmpty();
                boolean future = watcher.request.getFromRevision() > commits.revision();
                assertThat(future || watcher.seen == commits.revision())
                        .as("told so")
                        .isTrue();
                close(watcher);
            }
            work();
            assertThat(hub.openWatches()).isZero();
            assertThat(commits.keys.pinned()).as("no pin is left").isZero();
            assertThat(hub.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
        }

        private void step() {
            int choice = random.nextInt(100);
            if (choice < 45) {
                commit();
                if (random.nextInt(3) > 0) {
                    commits.publish();
                }
            } else if (choice < 70) {
                work();
            } else if (choice < 85 && !watchers.isEmpty()) {
                any().giveRoom(1 + random.nextInt(3));
            } else if (choice < 93) {
                reconnect();
            } else if (choice < 96) {
                commits.publish();
                commits.keys.compact(random.nextLong(commits.revision() + 1));
            } else if (choice == 96) {
                commits.publish();
                commits.detach();
                for (int i = random.nextInt(10); i > 0; i--) {
                    commit();
                }
                commits.restart();
            } else {
                now += random.nextInt(300);
            }
        }

        private void commit() {
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                String key = (random.nextBoolean() ? "a/" : "b/") + (char) ('a' + 2 * i + random.nextInt(2));
                switch (random.nextInt(7)) {
                    case 0 -> commits.delete(key);
                    case 1 -> {
                        if (i == 1) {
                            commits.release(random.nextBoolean() ? "ns" : "other");
                        }
                    }
                    case 2 -> {
                        if (i == 1) {
                            commits.leader(random.nextBoolean() ? "ns" : "other", random.nextInt(3) > 0);
                        }
                    }
                    default -> commits.put(key, "x".repeat(random.nextInt(200)));
                }
            }
            commits.commit();
        }

        private void work() {
            hub.doWork(now);
            for (SimWatcher watcher : List.copyOf(watchers)) {
                Subscription subscription = watcher.subscription;
                boolean history = subscription != null && subscription.catchUp instanceof HistoryReader;
                reached.histories += history ? 1 : 0;
                reached.pausedHistories += history && !watcher.isReady() ? 1 : 0;
                reached.chunked += watcher.takeChunked();
                reached.gaps += watcher.takeGaps();
                if (watcher.ended != null) {
                    reached.tooSlow++;
                    watchers.remove(watcher);
                }
            }
        }

        private SimWatcher any() {
            return watchers.get(random.nextInt(watchers.size()));
        }

        /// Opens a watch; now and then one goes first, and comes back from where it was.
        private void reconnect() {
            SimWatcher before = null;
            if (watchers.size() > 5) {
                before = any();
                close(before);
                watchers.remove(before);
            }
            WatchRequest.Builder request = before != null && random.nextBoolean() && before.seen >= 0
                    ? before.request.toBuilder()
                            .setFromRevision(before.seen + 1)
                            .setIncarnation(SimCommits.INCARNATION)
                    : target().setFromRevision(random.nextInt(3) == 0 ? 0 : random.nextLong(commits.revision() + 4));
            if (random.nextInt(20) == 0) {
                request.setFromRevision(0);
            }
            SimWatcher watcher = new SimWatcher(request.build(), commits);
            watcher.subscription = hub.open(watcher.request, random.nextLong(commits.revision() + 1), watcher);
            watchers.add(watcher);
        }

        private WatchRequest.Builder target() {
            WatchRequest.Builder request = WatchRequest.newBuilder().setPreviousValues(random.nextBoolean());
            return switch (random.nextInt(5)) {
                case 0 -> request.setConfigNamespace("ns");
                case 1 -> request.setElection("ns");
                case 2 -> request.setKeys(KeyWatch.newBuilder().setKey(ByteString.copyFromUtf8("a/d")));
                case 3 ->
                    request.setKeys(KeyWatch.newBuilder()
                            .setKey(ByteString.copyFromUtf8("a/"))
                            .setPrefix(true));
                default -> request.setKeys(KeyWatch.newBuilder().setPrefix(true));
            };
        }

        private static void close(SimWatcher watcher) {
            Subscription subscription = watcher.subscription;
            if (subscription != null) {
                subscription.cancel();
            }
        }
    }
}
