package io.gavel.faults.sim.node;

import io.gavel.faults.sim.check.ViolationException;
import io.gavel.faults.sim.net.Party;
import io.gavel.faults.sim.net.SimNetwork;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.faults.sim.time.SimClock;
import io.gavel.faults.sim.time.SimProcess;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.node.NodeAssembly;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One machine with its disk and clock, and the process on it: a production node while it runs.
public final class SimNode {
    /// The world a node lives in.
    public record World(Scheduler scheduler, SimNetwork network, NodeObserver observer) {}

    /// What becomes of the disk of a machine that dies in a disk operation of a known number.
    ///
    /// @param witness sees the disk as it is at that moment, before anything is lost
    public record Survival(SimDisk.Keep keep, RandomGenerator random, Consumer<SimDisk> witness) {}

    private final World world;
    private final RandomGenerator random;
    private final SimClock clock;
    private final NodeSetting setting;
    private SimDisk disk = new SimDisk();
    private @Nullable NodeLife life;
    private SimDisk.Keep keepAfterCrash = SimDisk.Keep.RANDOM_SUBSET;
    private @Nullable Survival survival;
    private long fatalStep;
    private long syncNanos;
    private long stalledUntilNanos;
    private int starts;
    private boolean broken;
    private String failure = "";

    public SimNode(NodeSetting setting, World world, RandomGenerator random) {
        this.setting = setting;
        this.world = world;
        this.random = random;
        this.clock = new SimClock(world.scheduler());
        this.syncNanos = setting.syncNanos();
    }

    public int id() {
        return setting.id();
    }

    public String host() {
        return setting.host();
    }

    public NodeSetting setting() {
        return setting;
    }

    public SimDisk disk() {
        return disk;
    }

    public SimClock clock() {
        return clock;
    }

    public boolean isRunning() {
        return life != null;
    }

    /// Whether it cannot start again with the disk it has.
    public boolean isBroken() {
        return broken;
    }

    /// Why the process ended by its own decision or could not start, the last time; empty = it never did that.
    public String failure() {
        return failure;
    }

    /// How often it was started.
    public int starts() {
        return starts;
    }

    /// What runs now; null = nothing does.
    public @Nullable NodeLife life() {
        return life;
    }

    /// The machine is off, and its disk is this one from now on.
    public void rollBack(SimDisk older) {
        crash(SimDisk.Keep.PAGE_CACHE);
        disk = older;
        world.observer().onRolledBack(id());
    }

    // ---- the process

    /// Starts the process, unless it runs.
    public void start() {
        if (life != null || broken) {
            return;
        }
        starts++;
        world.network().power(host(), true);
        SimProcess process = new SimProcess(host() + "/" + starts);
        Party party = new Party(host(), process, this::guard);
        NodeLife starting = new NodeLife(this, world, party, random);
        life = starting;
        guard(() -> {
            try {
                starting.open();
            } catch (IOException e) {
                failStart(e);
            }
        });
    }

    private void failStart(IOException e) {
        end(false);
        failure = String.valueOf(e.getMessage());
        world.observer().onStartFailed(id(), failure);
    }

    /// This disk is of no use any more; only a replacement helps.
    public void giveUp() {
        broken = true;
    }

    /// Runs something on the process's behalf and ends the process if that must not go on.
    void guard(Runnable task) {
        NodeLife running = life;
        if (running == null) {
            return;
        }
        try {
            running.peers().inLoop(task);
        } catch (SimDisk.Crashed e) {
            crashInStep();
        } catch (ViolationException e) {
            throw e;
        } catch (HaltException e) {
            halt(e.exitCode(), e);
        } catch (UncheckedIOException e) {
            halt(ExitCode.STORAGE_FAILED, e);
        } catch (RuntimeException | Error e) {
            halt(ExitCode.INVARIANT_VIOLATED, e);
        }
    }

    private void halt(ExitCode code, Throwable cause) {
        if (code == ExitCode.INVARIANT_VIOLATED || code == ExitCode.STATE_DIVERGED) {
            throw new ViolationException(
                    code == ExitCode.STATE_DIVERGED ? "I13" : "invariant",
                    "member " + id() + " halts: " + cause,
                    cause);
        }
        String reason = String.valueOf(cause.getMessage());
        failure = reason;
        end(false);
        restartDisk(SimDisk.Keep.PAGE_CACHE, random);
        world.observer().onHalt(id(), code, reason);
    }

    /// The process is gone; what it had open is reset, or silent if the machine lost power.
    private void end(boolean powerLost) {
        NodeLife running = life;
        life = null;
        if (running != null) {
            running.end();
            world.network().onDeath(running.party().process(), powerLost);
        }
    }

    /// Ends the process; what survives on the disk is decided now.
    public void crash(SimDisk.Keep keep) {
        crash(keep, random);
    }

    private void crashInStep() {
        Survival planned = survival;
        survival = null;
        if (planned == null) {
            crash(keepAfterCrash, random);
        } else {
            planned.witness().accept(disk);
            crash(planned.keep(), planned.random());
        }
    }

    private void crash(SimDisk.Keep keep, RandomGenerator choice) {
        boolean powerLost = keep != SimDisk.Keep.PAGE_CACHE;
        NodeLife died = life;
        end(powerLost);
        restartDisk(keep, choice);
        if (died != null) {
            world.network().power(host(), !powerLost);
            world.observer().onDeath(id(), keep, died.owesNews());
        }
    }

    /// A restart forgets where the process was to die, unless that is still to come.
    private void restartDisk(SimDisk.Keep keep, RandomGenerator choice) {
        disk.restart(keep, choice);
        if (survival != null) {
            disk.crashAtStep(fatalStep);
        }
    }

    /// The process will die in the disk operation with this number, however often it starts before.
    public void crashAt(long step, Survival planned) {
        survival = planned;
        fatalStep = step;
        disk.crashAtStep(step);
    }

    /// The process will die in one of its next disk operations.
    public void crashSoon(int steps, SimDisk.Keep keep) {
        keepAfterCrash = keep;
        disk.crashAtStep(disk.steps() + steps);
    }

    /// The process stands still.
    public void pause(long nanos) {
        NodeLife running = life;
        if (running != null) {
            SimProcess process = running.party().process();
            world.scheduler().pause(process, world.scheduler().nowNanos() + nanos);
            world.network().onPause(process, nanos);
        }
    }

    /// One thread of the process stands still; the others go on.
    public void stall(NodeAssembly.Role role, long nanos) {
        NodeLife running = life;
        if (running != null) {
            running.stall(role, nanos);
        }
    }

    /// Each turn of one thread takes this long from now on; 0 = as usual.
    public void slow(NodeAssembly.Role role, long nanos) {
        NodeLife running = life;
        if (running != null) {
            running.slow(role, nanos);
        }
    }

    // ---- the disk's speed

    /// What a sync takes from now on.
    public void syncIn(long nanos) {
        syncNanos = nanos;
    }

    /// Syncs that begin before this moment do not end before it.
    public void stallUntil(long nanos) {
        stalledUntilNanos = Math.max(stalledUntilNanos, nanos);
    }

    /// How long so many syncs take that begin now.
    long syncTime(long forces) {
        if (forces == 0) {
            return 0;
        }
        long now = world.scheduler().nowNanos();
        long usual = forces * (syncNanos / 2 + random.nextLong(syncNanos + 1));
        return Math.max(stalledUntilNanos - now, 0) + usual;
    }

    // ---- the end of a run

    /// Everything about it works from now on; it runs.
    public void heal() {
        disk.crashAtStep(Long.MAX_VALUE);
        disk.failAtStep(Long.MAX_VALUE);
        disk.limitSpace(Long.MAX_VALUE / 2);
        disk.filterReads(SimDisk.ReadFilter.NONE);
        syncNanos = setting.syncNanos();
        stalledUntilNanos = 0;
        NodeLife running = life;
        if (running != null) {
            world.scheduler().resume(running.process());
            for (NodeAssembly.Role role : NodeAssembly.Role.values()) {
                running.slow(role, 0);
            }
        }
        start();
    }

    /// It stays as it is: a process that stands still goes on standing still.
    public void freeze() {
        disk.crashAtStep(Long.MAX_VALUE);
        disk.failAtStep(Long.MAX_VALUE);
        NodeLife running = life;
        if (running != null
                && running.process().resumesAtNanos() > world.scheduler().nowNanos()) {
            world.scheduler().pause(running.process(), Long.MAX_VALUE / 2);
        }
    }
}
