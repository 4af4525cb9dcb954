package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.time.Draws;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Carries a plan of faults out.
public final class Nemesis {
    private final Target target;
    private final NetworkFaults network;
    private final ProcessFaults processes;
    private final DiskFaults disks;
    private final OperatorSteps operators;

    public Nemesis(Target target) {
        this.target = target;
        this.network = new NetworkFaults(target);
        this.processes = new ProcessFaults(target);
        this.disks = new DiskFaults(target, processes);
        this.operators = new OperatorSteps(target);
    }

    /// Puts the whole plan on the clock.
    public void begin(Plan plan) {
        for (Plan.Fault fault : plan.faults()) {
            target.scheduler().at(fault.atNanos(), target.outside(), "fault " + fault.number(), () -> inject(fault));
        }
    }

    private void inject(Plan.Fault fault) {
        if (target.isOver()) {
            return;
        }
        RandomGenerator random = new SplittableRandom(fault.seed());
        int number = fault.number();
        switch (fault.kind()) {
            case DROP, DUPLICATE -> network.disturb(fault.kind(), number, random);
            case DELAY -> network.delay(number, random);
            case PARTITION -> network.partition(number, random);
            case CLIENT_CUT -> network.cutClient(number, random);
            case RESET -> network.reset(number, random);
            case KILL, POWER_LOSS -> processes.crash(fault.kind(), number, random);
            case BLACKOUT -> processes.blackout(number, random);
            case PAUSE -> processes.pause(number, random);
            case CLIENT_PAUSE -> processes.pauseClient(number, random);
            case SLOW_DISK -> disks.slow(number, random);
            case DISK_ERROR -> disks.fail(number, random);
            case DISK_FULL -> disks.fill(number, random);
            case ROT -> disks.rot(number, random);
            case BAD_READS -> disks.badReads(number, random);
            case ROLLBACK -> disks.rollBack(number, random);
            case CLOCK_DRIFT -> processes.drift(number, random);
            case WALL_JUMP -> processes.jumpWall(number, random);
            case MEMBERSHIP -> {
                operators.change(number, random);
                if (random.nextInt(4) == 0) {
                    processes.leaderDiesInChange(number, random);
                }
            }
            case TRANSFER -> operators.transfer(number, random);
            case SNAPSHOT -> operators.snapshot(number, random);
        }
    }

    /// How long a fault lasts: mostly short, sometimes long.
    static long duration(RandomGenerator random) {
        return random.nextInt(4) == 0
                ? 3_000_000_000L + random.nextLong(12_000_000_000L)
                : 100_000_000L + Draws.exponential(random, 1_500_000_000.0);
    }
}
