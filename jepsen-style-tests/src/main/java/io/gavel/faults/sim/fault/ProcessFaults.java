package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.client.SimClient;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.faults.sim.time.SimClock;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.node.NodeAssembly;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Faults of processes, machines and their clocks: P1 to P5, T1 to T3.
final class ProcessFaults {
    private static final long MILLI = 1_000_000;
    /// Two clocks may be 0.4 % apart; leases allow for 0.5 %.
    private static final double MAX_DRIFT = 0.002;

    private static final long AMBUSH_NANOS = 3_000 * MILLI;
    private static final long MOMENT_NANOS = 4 * MILLI;
    private static final Moment[] MOMENTS = Moment.values();
    private static final NodeAssembly.Role[] THREADS = NodeAssembly.Role.values();

    private final Target target;

    ProcessFaults(Target target) {
        this.target = target;
    }

    private SimNode someNode(RandomGenerator random) {
        List<SimNode> nodes = target.nodes();
        @Nullable SimNode leader = target.leader();
        SimNode any = nodes.get(random.nextInt(nodes.size()));
        return random.nextBoolean() && leader != null ? leader : any;
    }

    void crash(FaultKind kind, int number, RandomGenerator random) {
        SimNode node = someNode(random);
        SimDisk.Keep keep = keep(kind, random);
        if (random.nextInt(3) == 0) {
            crashAtMoment(kind, number, random);
        } else if (random.nextBoolean()) {
            int steps = 1 + random.nextInt(12);
            node.crashSoon(steps, keep);
            target.note(kind, number, node.id(), node.host() + " dies in disk operation " + steps + " from now");
            target.later(3_000 * MILLI, "crash", () -> {
                if (node.isRunning()) {
                    node.crashSoon(Integer.MAX_VALUE, keep);
                } else {
                    // It died after it was to be started again.
                    node.start();
                }
            });
            restartLater(node, number, random);
        } else {
            target.note(kind, number, node.id(), node.host() + " dies");
            node.crash(keep);
            restartLater(node, number, random);
        }
    }

    /// Whoever comes to the moment first dies within milliseconds of it; somebody dies anyway if nobody does.
    private void crashAtMoment(FaultKind kind, int number, RandomGenerator random) {
        Moment moment = MOMENTS[random.nextInt(MOMENTS.length)];
        SimNode other = someNode(random);
        SimDisk.Keep keep = keep(kind, random);
        long after = random.nextLong(MOMENT_NANOS);
        boolean[] struck = new boolean[1];
        Consumer<SimNode> strike = node -> {
            struck[0] = true;
            target.later(after, "strike", () -> {
                target.note(kind, number, node.id(), node.host() + " dies at " + moment);
                node.crash(keep);
                restartLater(node, number, random);
            });
        };
        target.ambushes().lay(moment, target.scheduler().nowNanos() + AMBUSH_NANOS, strike);
        target.later(AMBUSH_NANOS, "ambush over", () -> {
            if (!struck[0]) {
                strike.accept(other);
            }
        });
    }

    /// The leader dies while a change of members is on its way: a joint configuration lasts two round trips and syncs.
    void leaderDiesInChange(int number, RandomGenerator random) {
        SimDisk.Keep keep = keep(FaultKind.POWER_LOSS, random);
        long after = random.nextLong(MILLI << random.nextInt(8));
        target.ambushes().lay(Moment.CONFIGURATION, target.scheduler().nowNanos() + AMBUSH_NANOS, node -> {
            target.later(after, "strike", () -> {
                target.note(FaultKind.MEMBERSHIP, number, node.id(), node.host() + " dies while members change");
                node.crash(keep);
                restartLater(node, number, random);
            });
        });
    }

    static SimDisk.Keep keep(FaultKind kind, RandomGenerator random) {
        if (kind == FaultKind.KILL) {
            return SimDisk.Keep.PAGE_CACHE;
        }
        return switch (random.nextInt(4)) {
            case 0 -> SimDisk.Keep.FORCED;
            case 1 -> SimDisk.Keep.EVERYTHING;
            default -> SimDisk.Keep.RANDOM_SUBSET;
        };
    }

    /// Starts the process again, soon or late, and perhaps kills it during its recovery.
    void restartLater(SimNode node, int number, RandomGenerator random) {
        long delay = random.nextInt(3) == 0 ? 20 * MILLI : Nemesis.duration(random);
        boolean again = random.nextInt(5) == 0;
        int steps = 1 + random.nextInt(30);
        long longer = 200 * MILLI + random.nextLong(1_000 * MILLI);
        target.later(delay, "restart", () -> {
            if (again && !node.isRunning()) {
                node.crashSoon(steps, SimDisk.Keep.RANDOM_SUBSET);
                target.reached("crash during recovery planned");
            }
            node.start();
            target.healed(number, node.id(), node.host() + " starts");
        });
        if (again) {
            target.later(delay + longer, "restart again", () -> {
                node.crashSoon(Integer.MAX_VALUE, SimDisk.Keep.RANDOM_SUBSET);
                node.start();
            });
        }
    }

    void blackout(int number, RandomGenerator random) {
        List<SimNode> victims = new ArrayList<>(target.nodes());
        if (random.nextBoolean()) {
            while (victims.size() > target.nodes().size() / 2 + 1) {
                victims.remove(random.nextInt(victims.size()));
            }
        }
        boolean rolling = random.nextInt(3) == 0;
        target.note(
                FaultKind.BLACKOUT,
                number,
                0,
                victims.stream().map(SimNode::host).toList() + (rolling ? " lose power one by one" : " lose power"));
        long at = 0;
        for (SimNode node : victims) {
            SimDisk.Keep keep = keep(FaultKind.BLACKOUT, random);
            if (at == 0) {
                node.crash(keep);
            } else {
                target.later(at, "power off", () -> node.crash(keep));
            }
            target.later(at + 10 * MILLI + random.nextLong(3_000 * MILLI), "power on", () -> {
                node.start();
                target.healed(number, node.id(), node.host() + " starts");
            });
            at += rolling ? 200 * MILLI + random.nextLong(1_500 * MILLI) : 0;
        }
    }

    void pause(int number, RandomGenerator random) {
        SimNode node = someNode(random);
        if (random.nextInt(3) == 0) {
            stallThread(number, node, random);
            return;
        }
        long nanos = pauseNanos(random);
        target.note(FaultKind.PAUSE, number, node.id(), node.host() + " stands still for " + nanos / MILLI + " ms");
        node.pause(nanos);
        target.later(nanos, "resumed", () -> target.healed(number, node.id(), node.host() + " goes on"));
    }

    /// A machine with too little processor: one thread of the member waits for it again and again.
    private void stallThread(int number, SimNode node, RandomGenerator random) {
        NodeAssembly.Role role = THREADS[random.nextInt(THREADS.length)];
        if (random.nextBoolean()) {
            long turn = (1 + random.nextLong(40)) * MILLI;
            target.note(
                    FaultKind.PAUSE,
                    number,
                    node.id(),
                    node.host() + ": each turn of thread " + role + " takes " + turn / MILLI + " ms");
            node.slow(role, turn);
            target.later(Nemesis.duration(random), "fast thread", () -> {
                node.slow(role, 0);
                target.healed(number, node.id(), node.host() + ": thread " + role + " as before");
            });
            return;
        }
        int times = 1 + random.nextInt(8);
        long each = (1 + random.nextLong(1_000)) * MILLI;
        target.note(
                FaultKind.PAUSE,
                number,
                node.id(),
                node.host() + ": thread " + role + " waits " + times + " times for " + each / MILLI + " ms");
        for (int i = 0; i < times; i++) {
            target.later(2L * i * each, "stall", () -> node.stall(role, each));
        }
    }

    private static long pauseNanos(RandomGenerator random) {
        return switch (random.nextInt(3)) {
            case 0 -> (1 + random.nextLong(50)) * MILLI;
            case 1 -> (50 + random.nextLong(3_000)) * MILLI;
            default -> (3_000 + random.nextLong(15_000)) * MILLI;
        };
    }

    void pauseClient(int number, RandomGenerator random) {
        SimClient client = target.clients().get(random.nextInt(target.clients().size()));
        long left = client.leaseEndNanos() - target.scheduler().nowNanos();
        long nanos = random.nextInt(3) == 0 && left > 0
                ? Math.max(MILLI, left + (random.nextLong(1_300) - 300) * MILLI)
                : pauseNanos(random);
        target.note(FaultKind.CLIENT_PAUSE, number, 0, client.host() + " stands still for " + nanos / MILLI + " ms");
        client.pause(nanos);
    }

    void drift(int number, RandomGenerator random) {
        double rate = 1 + (random.nextDouble() * 2 - 1) * MAX_DRIFT;
        int which = random.nextInt(target.nodes().size() + target.clients().size());
        clock(which).drift(rate);
        target.note(FaultKind.CLOCK_DRIFT, number, 0, "clock " + which + " runs at " + rate);
    }

    void jumpWall(int number, RandomGenerator random) {
        long millis = (random.nextBoolean() ? 1 : -1) * (1L << random.nextInt(36));
        int which = random.nextInt(target.nodes().size() + target.clients().size());
        clock(which).jumpWall(millis);
        target.note(FaultKind.WALL_JUMP, number, 0, "wall clock " + which + " jumps by " + millis + " ms");
    }

    private SimClock clock(int which) {
        int nodes = target.nodes().size();
        return which < nodes
                ? target.nodes().get(which).clock()
                : target.clients().get(which - nodes).clock();
    }
}
