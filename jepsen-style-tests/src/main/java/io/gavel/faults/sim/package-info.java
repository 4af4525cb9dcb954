/// The simulated world: production nodes and production clients in one thread, on virtual time, from one seed.
///
/// Only the rim is replaced: disks, network, clocks, threads. [SimRun] is the way in, [RunResult] what comes out.
@NullMarked
package io.gavel.faults.sim;

import org.jspecify.annotations.NullMarked;
