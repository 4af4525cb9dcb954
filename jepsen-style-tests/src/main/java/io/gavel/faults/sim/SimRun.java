package io.gavel.faults.sim;

import io.gavel.faults.sim.check.ViolationException;
import io.gavel.faults.sim.client.Tally;
import io.gavel.faults.sim.fault.Nemesis;
import io.gavel.faults.sim.fault.Plan;
import io.gavel.faults.sim.time.Draws;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One run of the simulated world: a function of its seed and options.
public final class SimRun {
    private SimRun() {}

    /// Lives one life of a cluster with faults, lets it recover, and says what was seen.
    public static RunResult run(long seed, RunOptions options) {
        Draws draws = new Draws(seed);
        Settings settings = Settings.draw(options, draws.of("settings"));
        World world = new World(options, settings, draws);
        return live(seed, world, () -> {
            world.build();
            boolean badClients = settings.further().standbys() > 0;
            new Nemesis(world).begin(Plan.draw(options, badClients, settings.latencyNanos(), draws.of("plan")));
            world.phase("faults");
            world.scheduler().runUntil(options.safetyNanos());
            new Recovery(world, draws.of("recovery")).run();
        });
    }

    /// Lets the world live that life, and says what was seen until it ended or a check did not hold.
    static RunResult live(long seed, World world, Runnable life) {
        long cpuBefore = cpuNanos();
        RunResult.@Nullable Violation violation = null;
        try {
            life.run();
        } catch (ViolationException e) {
            violation = new RunResult.Violation(
                    e.check(),
                    String.valueOf(e.getMessage()),
                    world.scheduler().events(),
                    world.scheduler().nowNanos());
            world.event(RunEvent.Kind.VIOLATION, 0, e.check() + ": " + e.getMessage(), 0);
            if (e.getCause() != null) {
                violation = withCause(violation, e.getCause());
            }
        }
        Tally tally = world.workload().tally();
        return new RunResult(
                seed,
                world.options(),
                world.founders(),
                world.scheduler().trace().value(),
                world.scheduler().nowNanos(),
                cpuNanos() - cpuBefore,
                world.scheduler().events(),
                new RunResult.Operations(tally.okCount(), tally.failedCount(), tally.unknownCount()),
                world.faults(),
                List.copyOf(world.plan()),
                world.reached().counts(),
                violation,
                List.copyOf(world.events()),
                world.history());
    }

    /// Where in our own code it happened says more than the message.
    private static RunResult.Violation withCause(RunResult.Violation violation, Throwable cause) {
        StringBuilder text = new StringBuilder(violation.message());
        int shown = 0;
        for (StackTraceElement frame : cause.getStackTrace()) {
            if (frame.getClassName().startsWith("io.gavel") && shown++ < 8) {
                text.append("\n    at ").append(frame);
            }
        }
        return new RunResult.Violation(
                violation.check(), text.toString(), violation.eventNumber(), violation.atNanos());
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
