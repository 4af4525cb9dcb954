package io.gavel.faults.command;

import io.gavel.faults.sim.RunOptions;
import io.gavel.faults.sim.RunResult;

/// What runs a seed.
@FunctionalInterface
interface Simulation {
    RunResult run(long seed, RunOptions options);
}
