package io.gavel.client.internal.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.client.error.ErrorDetail;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Elections: never a stop without a start, never two leaders, never the end of the candidacy by itself. */
class CampaignLoopTest {
    private final SimWorld world = new SimWorld(21);

    static LongStream seeds() {
        return LongStream.concat(LongStream.range(1, 30), LongStream.of(System.nanoTime()));
    }

    /** A task that ends some time after it was asked to. */
    private static class SimTask implements CampaignLoop.Host {
        final SimWorld world;
        final SimWorld.Client client;
        final List<String> log = new ArrayList<>();
        final List<Boolean> suspicions = new ArrayList<>();
        final long endNanos;

        @Nullable
        CampaignLoop loop;

        @Nullable
        Grant grant;

        boolean running;

        SimTask(SimWorld world, SimWorld.Client client, long endNanos) {
            this.world = world;
            this.client = client;
            this.endNanos = endNanos;
        }

        void start() {
            loop = client.core.campaign(
                    client.core.ownSession(),
                    GrantRequest.leadership("e", ByteString.EMPTY, GrantRequest.FOR_EVER),
                    this);
        }

        @Override
        public void onElected(Grant elected) {
            assertThat(running).as("the task of before has ended").isFalse();
            running = true;
            grant = elected;
            log.add("start");
        }

        @Override
        public void onEnd(Grant ended, boolean lost) {
            assertThat(running).isTrue();
            assertThat(ended).isSameAs(grant);
            log.add(lost ? "lost" : "end");
            world.at(endNanos, this::finish);
        }

        void finish() {
            if (client.paused) {
                world.at(SimWorld.MILLI, this::finish);
            } else {
                running = false;
                Objects.requireNonNull(loop).onHostEnded();
            }
        }

        @Override
        public void onSuspect(boolean suspect) {
            suspicions.add(suspect);
        }

        @Override
        public void onResigned() {
            log.add("resigned");
        }

        @Override
        public void onFailure(ErrorDetail error) {}

        @Override
        public void onStopped() {
            log.add("stopped");
        }
    }

    private SimTask candidate(SimWorld.Client client) {
        SimTask task = new SimTask(world, client, 300 * SimWorld.MILLI);
        task.start();
        return task;
    }

    @Test
    void stoppedDuringTheCampaignNeitherStartsNorLoses() {
        SimTask leader = candidate(world.client());
        world.runUntil(() -> leader.running, Duration.ofSeconds(3));
        SimTask second = candidate(world.client());
        world.runFor(Duration.ofSeconds(2));
        Objects.requireNonNull(second.loop).stop();
        world.runFor(Duration.ofSeconds(2));
        assertThat(second.log).containsExactly("stopped");
        assertThat(world.cluster.locks.members("e", true)).hasSize(1);
    }

    @Test
    void theSessionsEndDuringTheCampaignIsFollowedByAnotherCampaign() {
        SimTask leader = candidate(world.client());
        world.runUntil(() -> leader.running, Duration.ofSeconds(3));
        SimWorld.Client other = world.client();
        SimTask second = candidate(other);
        world.runFor(Duration.ofSeconds(2));
        world.cluster.end(Objects.requireNonNull(world.cluster.alive(2)));
        world.runFor(Duration.ofSeconds(8));
        assertThat(second.log).isEmpty();
        Objects.requireNonNull(leader.loop).stop();
        world.runUntil(() -> second.running, Duration.ofSeconds(5));
        world.runFor(Duration.ofSeconds(1));
        assertThat(second.log).containsExactly("start");
        assertThat(leader.log).containsExactly("start", "end", "stopped");
    }

    @Test
    void whoLostCampaignsAgainButNotBeforeItsTaskHasEnded() {
        SimWorld.Client client = world.client();
        SimTask task = new SimTask(world, client, Duration.ofSeconds(5).toNanos());
        task.start();
        world.runUntil(() -> task.running, Duration.ofSeconds(3));
        world.cluster.end(Objects.requireNonNull(world.cluster.alive(1)));
        world.runFor(Duration.ofSeconds(5));
        assertThat(task.log).containsExactly("start", "lost");
        assertThat(world.cluster.locks.members("e", true)).isEmpty();
        world.runUntil(() -> task.log.size() == 3, Duration.ofSeconds(6));
        assertThat(task.log).containsExactly("start", "lost", "start");
    }

    @Test
    void whoStepsDownLetsTheOthersLeadForThatLong() {
        SimTask first = candidate(world.client());
        world.runUntil(() -> first.running, Duration.ofSeconds(3));
        SimTask second = candidate(world.client());
        world.runFor(Duration.ofSeconds(1));
        Objects.requireNonNull(first.loop).stepDown(Duration.ofSeconds(20).toNanos());
        world.runUntil(() -> second.running, Duration.ofSeconds(2));
        world.runFor(Duration.ofSeconds(15));
        assertThat(world.cluster.locks.members("e", true)).hasSize(1);
        world.runFor(Duration.ofSeconds(6));
        assertThat(world.cluster.locks.members("e", true)).hasSize(2);
    }

    @Test
    void whoIsElectedWhileItsRenewalsGoUnansweredIsToldSo() {
        SimTask leader = candidate(world.client());
        world.runUntil(() -> leader.running, Duration.ofSeconds(3));
        SimWorld.Client client = world.client();
        SimTask second = candidate(client);
        world.runFor(Duration.ofSeconds(2));
        world.lostReplies = 1;
        world.runFor(Duration.ofMillis(7_500));
        world.cluster.end(Objects.requireNonNull(world.cluster.alive(1)));
        world.runUntil(() -> second.running, Duration.ofSeconds(1));
        assertThat(second.suspicions).containsExactly(true);
        world.lostReplies = 0;
        client.breakLinks();
        world.runFor(Duration.ofSeconds(1));
        assertThat(second.suspicions).containsExactly(true, false);
        assertThat(second.log).containsExactly("start");
    }

    /** A task that ends by itself some time after each election. */
    private SimTask candidateThatEnds(long afterNanos) {
        SimTask task = new SimTask(world, world.client(), SimWorld.MILLI) {
            @Override
            public void onElected(Grant elected) {
                super.onElected(elected);
                world.at(afterNanos, this::finish);
            }
        };
        task.start();
        return task;
    }

    @Test
    void aTaskThatEndsAtOnceIsRunAgainLessAndLessOften() {
        SimTask task = candidateThatEnds(SimWorld.MILLI);
        world.runFor(Duration.ofMinutes(1));
        assertThat(task.log.size()).as("half a second to one apart").isBetween(60, 130);
        Objects.requireNonNull(task.loop).stop();
        world.runFor(Duration.ofSeconds(1));
        assertThat(task.log).endsWith("stopped");
    }

    @Test
    void aTaskThatEndsAfterALongTermIsRunAgainSoon() {
        SimTask task = candidateThatEnds(5 * SimWorld.SECOND);
        world.runFor(Duration.ofMinutes(1));
        assertThat(task.log).as("terms in a minute").hasSizeGreaterThanOrEqualTo(11);
    }

    @Test
    void theSessionIsClosedAfterTheTaskHasEndedWhenTheClientIsClosed() {
        SimWorld.Client client = world.client();
        SimTask task = new SimTask(world, client, Duration.ofSeconds(5).toNanos());
        task.start();
        world.runUntil(() -> task.running, Duration.ofSeconds(3));
        client.core.close();
        world.check = () -> assertThat(!task.running || world.cluster.alive(1) != null)
                .as("nobody else is elected while it runs")
                .isTrue();
        world.runUntil(() -> !task.running, Duration.ofSeconds(6));
        world.runUntil(client.core::isClosed, Duration.ofSeconds(1));
        assertThat(task.log).containsExactly("start", "end", "stopped");
        assertThat(world.cluster.alive(1)).isNull();
    }

    @Test
    void aTaskThatDoesNotEndDelaysTheClosingOfItsClientByTenSeconds() {
        SimWorld.Client client = world.client();
        SimTask task = new SimTask(world, client, Duration.ofHours(1).toNanos());
        task.start();
        world.runUntil(() -> task.running, Duration.ofSeconds(3));
        client.core.close();
        world.runFor(Duration.ofSeconds(9));
        assertThat(world.cluster.alive(1)).isNotNull();
        world.runUntil(client.core::isClosed, Duration.ofSeconds(2));
        assertThat(world.cluster.alive(1)).isNull();
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void startsAndEndsAlternateAndNobodyElseLeadsWhileOneHolds(long seed) {
        SimWorld chaos = new SimWorld(seed);
        chaos.brokenStreams = 0.02;
        List<SimTask> tasks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            SimTask task =
                    new SimTask(chaos, chaos.client(Duration.ofSeconds(2), Duration.ofSeconds(1)), SimWorld.MILLI);
            task.start();
            tasks.add(task);
        }
        for (int i = 0; i < 20; i++) {
            SimTask victim = tasks.get(chaos.random.nextInt(3));
            chaos.at(chaos.random.nextInt(40_000) * SimWorld.MILLI, () -> {
                victim.client.cut = true;
                chaos.at(chaos.random.nextInt(4_000) * SimWorld.MILLI, () -> victim.client.cut = false);
            });
        }
        chaos.check = () -> assertThat(tasks.stream()
                        .filter(task -> task.grant != null && task.grant.isHeld())
                        .count())
                .as("seed=%d", seed)
                .isLessThanOrEqualTo(1);
        chaos.runFor(Duration.ofSeconds(60));
        for (SimTask task : tasks) {
            for (int i = 0; i < task.log.size(); i++) {
                assertThat(task.log.get(i).equals("start"))
                        .as("seed=%d %s", seed, task.log)
                        .isEqualTo(i % 2 == 0);
            }
        }
        assertThat(tasks).as("seed=%d", seed).anyMatch(task -> task.running);
    }
}
