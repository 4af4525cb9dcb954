package io.gavel.faults.sim.net;

import io.gavel.faults.sim.time.SimProcess;
import java.util.function.Consumer;

/// A process on the network.
///
/// @param host the machine it runs on
/// @param runner runs what arrives for it, on its behalf
public record Party(String host, SimProcess process, Consumer<Runnable> runner) {}
