/// What the simulated network owes to those who use it.
@NullMarked
package io.gavel.faults.sim.net;

import org.jspecify.annotations.NullMarked;
