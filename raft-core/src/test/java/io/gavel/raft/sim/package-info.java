/// Deterministic simulation of the core: several [io.gavel.raft.RaftCore] in one queue, one seed = one run.
@NullMarked
package io.gavel.raft.sim;

import org.jspecify.annotations.NullMarked;
