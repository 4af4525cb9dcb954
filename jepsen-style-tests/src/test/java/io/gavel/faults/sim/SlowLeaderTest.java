package io.gavel.faults.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.faults.sim.client.SimClient;
import io.gavel.faults.sim.net.Link;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.faults.sim.time.Draws;
import io.gavel.raft.RaftConfig;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.storage.JournalOptions;
import io.gavel.server.watch.WatchLimits;
import java.util.Objects;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A leader whose links are slow, but not slow enough for its followers to miss it, serves or is replaced (I28).
@Timeout(300)
final class SlowLeaderTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

    private static Settings settings(int nodes, RaftConfig.Flow flow) {
        return new Settings(
                nodes,
                4,
                4 * MILLI,
                3 * MILLI,
                3 * SECOND,
                300 * MILLI,
                new ServerConfig.Timings(500 * MILLI, 125 * MILLI, 500 * MILLI, SECOND),
                new ServerConfig.StorageLimits(512 << 10, 1L << 40, 0),
                flow,
                new RaftConfig.Retention(10_000, 256L << 20),
                new JournalOptions(512 << 10, 4 << 20, 4_096, 4 << 10, 50 * MILLI, 100 * MILLI),
                WatchLimits.DEFAULT,
                Settings.Further.NONE,
                ClusterSettings.getDefaultInstance(),
                0);
    }

    /// What clients have of the leader.
    enum Path {
        FAST,
        SLOW,
        THROUGH_OTHERS
    }

    @ParameterizedTest
    @CsvSource({
        "3, 100, FAST",
        "3, 239, FAST",
        "5, 239, FAST",
        "3, 400, FAST",
        "3, 239, SLOW",
        "5, 239, SLOW",
        "3, 100, THROUGH_OTHERS",
        "3, 239, THROUGH_OTHERS",
        "5, 239, THROUGH_OTHERS"
    })
    void aSlowLeaderServes(int nodes, long delayMillis, Path path) {
        serves(nodes, delayMillis, path, RaftConfig.Flow.DEFAULT, 40);
    }

    /// So little travels at a time that it is overloaded, by these clients even.
    @ParameterizedTest
    @CsvSource({"3, 100, FAST", "5, 100, FAST", "3, 100, THROUGH_OTHERS", "5, 100, THROUGH_OTHERS"})
    void aSlowLeaderWithNarrowWindowsServesOnceTheLoadIsGone(int nodes, long delayMillis, Path path) {
        serves(nodes, delayMillis, path, new RaftConfig.Flow(4, 200, 3, 600), 0);
    }

    /// @param operations so many at least must succeed in 30 s under load
    private static void serves(int nodes, long delayMillis, Path path, RaftConfig.Flow flow, int operations) {
        for (int seed = 1; seed <= 5; seed++) {
            World world = new World(RunOptions.DEFAULT, settings(nodes, flow), new Draws(seed));
            world.build();
            live(world, 5 * SECOND);
            slowDown(world, Objects.requireNonNull(world.leader()), delayMillis * MILLI, path);
            live(world, 10 * SECOND);

            int before = world.workload().tally().okCount();
            live(world, 30 * SECOND);
            assertThat(world.workload().tally().okCount() - before)
                    .as("seed %d, operations in 30 s", seed)
                    .isGreaterThanOrEqualTo(operations);
            world.workload().stop();
            world.workload().confirm();
            live(world, 20 * SECOND);
            assertThat(world.workload().confirmed())
                    .as("seed %d, clients whose last write succeeded", seed)
                    .isEqualTo(world.workload().clients());
        }
    }

    private static void slowDown(World world, SimNode leader, long delayNanos, Path path) {
        for (SimNode other : world.nodes()) {
            if (other != leader) {
                world.network().link(leader.host(), other.host()).delay(delayNanos);
                world.network().link(other.host(), leader.host()).delay(delayNanos);
            }
        }
        for (SimClient client : world.clients()) {
            Link to = world.network().link(client.host(), leader.host());
            Link from = world.network().link(leader.host(), client.host());
            switch (path) {
                case FAST -> {}
                case SLOW -> {
                    to.delay(delayNanos);
                    from.delay(delayNanos);
                }
                case THROUGH_OTHERS -> {
                    world.network().block(to);
                    world.network().block(from);
                }
            }
        }
    }

    private static void live(World world, long nanos) {
        world.scheduler().runUntil(world.scheduler().nowNanos() + nanos);
    }
}
